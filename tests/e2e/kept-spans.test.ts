import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { OrderServiceDefinition, OrderState } from '../../gen/tradewind/order/v1/order.ts';
import { TEST_CARDS } from '../../src/sandbox/payment-provider/index.ts';
import { startCollector, type Collector } from '../support/otlp/index.ts';
import { GOOD_CARD, newCustomer, newProduct, orderRequest, settledOrder } from '../support/shopping.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

const AUTHORIZE = 'tradewind.payment.v1.PaymentService/AuthorizePayment';
/** What test and suite agree on: nothing that goes well takes as long, whatever else the machine does. */
const SLOW_MS = 3_000;
/** The provider's answer comes after 8 s, and payment gives up waiting for it before that. */
const LATE_CARD = TEST_CARDS.authorize_late_reply.number;

describe('a suite that records no trace', () => {
  let collector: Collector;
  let suite: TestSuite;
  let product: string;

  beforeAll(async () => {
    collector = await startCollector();
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_TRACES_SAMPLER_ARG: '0',
      TRACES_SLOW_MS: String(SLOW_MS),
    };
    suite = await startSuite({ args: ['--no-demo'], environment });
    product = await newProduct(suite, 20);
  }, 180_000);
  afterAll(async () => {
    await suite?.[Symbol.asyncDispose]();
    await collector?.[Symbol.asyncDispose]();
  }, 60_000);

  async function buy(card: string, traceId: string) {
    const metadata = Metadata({ traceparent: `00-${traceId}-${'c'.repeat(16)}-00` });
    const customer = await newCustomer(suite, card);
    const { order } = await suite
      .client(OrderServiceDefinition, 'order')
      .placeOrder(orderRequest(customer, product, 1), { metadata });
    return settledOrder(suite, order?.id ?? '');
  }

  it('sends what failed or was slow all the same, below the ids that the trace has, and nothing of the rest', async () => {
    const [fine, late] = ['f'.repeat(32), 'a'.repeat(32)];
    expect((await buy(GOOD_CARD, fine)).state).toBe(OrderState.ORDER_STATE_CONFIRMED);
    expect((await buy(LATE_CARD, late)).state).toBe(OrderState.ORDER_STATE_CONFIRMED);

    await collector.until((spans) => {
      const kept = spans.filter(({ traceId }) => traceId === late);
      const ofAuthorize = kept.filter(({ name }) => name === AUTHORIZE);
      expect(ofAuthorize).toContainEqual(
        expect.objectContaining({ process: 'order', kind: 'CLIENT', status: 'ERROR' }),
      );
      expect(ofAuthorize).toContainEqual(
        expect.objectContaining({ process: 'payment', kind: 'SERVER', status: 'ERROR' }),
      );
      for (const span of kept) {
        expect(span).toMatchObject({ parentId: 'c'.repeat(16), attributes: { 'tradewind.kept': true } });
        expect(span.status === 'ERROR' || span.endMs - span.startMs >= SLOW_MS).toBe(true);
      }
      expect(new Set(kept.map(({ spanId }) => spanId)).size).toBe(kept.length);
    });
    expect(collector.spans.filter(({ traceId }) => traceId === fine)).toEqual([]);
  }, 120_000);

  it('serves on while the collector is away, and sends again when it is back', async () => {
    await collector[Symbol.asyncDispose]();
    expect((await buy(LATE_CARD, 'd'.repeat(32))).state).toBe(OrderState.ORDER_STATE_CONFIRMED);

    collector = await startCollector({ port: collector.port });
    expect((await buy(LATE_CARD, 'e'.repeat(32))).state).toBe(OrderState.ORDER_STATE_CONFIRMED);
    await collector.until((spans) => {
      expect(spans.some(({ traceId, name }) => traceId === 'e'.repeat(32) && name === AUTHORIZE)).toBe(true);
    }, 60_000);
  }, 240_000);
});
