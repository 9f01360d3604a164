import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { OrderState } from '../../gen/tradewind/order/v1/order.ts';
import { spanTree, startCollector, type Collector } from '../support/otlp/index.ts';
import { newCustomer, newProduct, orderRequest, settledOrder } from '../support/shopping.ts';
import { openStorefront } from '../support/storefront.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

let collector: Collector;
let suite: TestSuite;
beforeAll(async () => {
  collector = await startCollector();
  suite = await startSuite({
    args: ['--no-demo', '--checkout', 'choreography'],
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
  });
}, 180_000);
afterAll(async () => {
  await suite?.[Symbol.asyncDispose]();
  await collector?.[Symbol.asyncDispose]();
}, 60_000);

it('one checkout by events alone is one tree, from the HTTP request through all who take part', async () => {
  const [customer, product] = await Promise.all([newCustomer(suite), newProduct(suite, 5)]);
  const storefront = await openStorefront(suite, customer);
  const order = await settledOrder(suite, await storefront.place(orderRequest(customer, product, 1)));
  expect(order.state).toBe(OrderState.ORDER_STATE_CONFIRMED);

  await collector.until((spans) => {
    const opened = spans.find(({ name }) => name === 'create checkout.opened');
    const tree = spanTree(spans, opened?.traceId ?? '');
    expect(tree.orphans.map(({ name }) => name)).toEqual([]);
    expect(tree.roots).toMatchObject([{ process: 'gateway', kind: 'SERVER' }]);
    expect(new Set(tree.spans.map(({ process }) => process))).toEqual(
      new Set(['gateway', 'user', 'product', 'order', 'payment', 'shipping', 'notification', 'loyalty']),
    );
    const names = new Set(tree.spans.map(({ name }) => name));
    for (const event of ['stock.held', 'payment.authorized', 'shipment.arranged', 'payment.captured', 'stock.sold']) {
      expect(names).toContain(`create checkout-${event}`);
      expect(names).toContain(`process checkout-${event}`);
    }
    for (const work of ['POST /v1/authorizations', 'POST /v1/shipments', 'create order.confirmed']) {
      expect(names).toContain(work);
    }
    expect(names).toContain('send order-confirmed');
  });
}, 120_000);
