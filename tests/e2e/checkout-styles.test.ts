import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderServiceDefinition } from '../../gen/tradewind/order/v1/order.ts';
import { SagaServiceDefinition } from '../../gen/tradewind/order/v1/saga.ts';
import type { CheckoutStyle } from '../../src/services/order/place-order.ts';
import { eventually } from '../support/eventually.ts';
import { breaches } from '../support/invariants/index.ts';
import {
  OrderState,
  followOrder,
  newCustomer,
  newProduct,
  orderRequest,
  settledOrder,
  stockOf,
  type Customer,
} from '../support/shopping.ts';
import { QUIET_SUITE, startSuite, type TestSuite } from '../support/suite.ts';

const ORDERS = 30;

async function place(suite: TestSuite, customer: Customer, product: string): Promise<string> {
  const { order } = await suite.client(OrderServiceDefinition, 'order').placeOrder(orderRequest(customer, product, 1));
  return order?.id ?? '';
}

const placeMany = (suite: TestSuite, customer: Customer, product: string) =>
  Promise.all(Array.from({ length: ORDERS }, () => place(suite, customer, product)));

describe('a suite that is started with another style of checkout', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tradewind-styles-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const start = (checkout: CheckoutStyle) =>
    startSuite({ home, args: ['--no-demo', '--checkout', checkout], environment: QUIET_SUITE });

  it('ends orders under way as they began, and carries new ones the new way', async () => {
    const began: { readonly id: string; readonly checkout: CheckoutStyle }[] = [];
    const first = await start('orchestration');
    const [customer, product] = await Promise.all([newCustomer(first), newProduct(first, 1_000)]);
    let suite = first;
    let stoppedAt = 0;
    for (const [checkout, next] of [
      ['orchestration', 'choreography'],
      ['choreography', 'orchestration'],
    ] as const) {
      for (const id of await placeMany(suite, customer, product)) began.push({ id, checkout });
      stoppedAt = Date.now();
      await suite[Symbol.asyncDispose]();
      suite = await start(next);
      const ended = await Promise.all(began.map(({ id }) => settledOrder(suite, id)));
      for (const order of ended) expect(order.state).toBe(OrderState.ORDER_STATE_CONFIRMED);
      // Otherwise nothing was under way when the style was changed.
      expect(ended.some(({ confirmTime }) => (confirmTime?.getTime() ?? 0) > stoppedAt)).toBe(true);
    }
    await using last = suite;
    for (const { id, checkout } of began) {
      const { sagas } = await last.client(SagaServiceDefinition, 'order').listSagas({ orderId: id });
      expect(sagas).toHaveLength(checkout === 'orchestration' ? 1 : 0);
    }
    const orderIds = began.map(({ id }) => id);
    expect(await breaches(last, { orderIds, received: new Map([[product, 1_000]]) })).toEqual([]);
  }, 240_000);
});

describe('a checkout by events alone', () => {
  let suite: TestSuite;
  let customer: Customer;
  let product: string;
  const orderIds: string[] = [];
  beforeAll(async () => {
    const args = ['--no-demo', '--checkout', 'choreography'];
    suite = await startSuite({ args, environment: { ...QUIET_SUITE, CHECKOUT_DEADLINE_MS: '6000' } });
    [customer, product] = await Promise.all([newCustomer(suite), newProduct(suite, 1_000)]);
  }, 120_000);
  afterAll(async () => suite?.[Symbol.asyncDispose](), 30_000);

  const orders = () => suite.client(OrderServiceDefinition, 'order');

  it('is over, one way or the other, when it is cancelled at any moment', async () => {
    const ids = await Promise.all(
      Array.from({ length: ORDERS }, async (_, index) => {
        const id = await place(suite, customer, product);
        await delay(20 * index); // from before its first step to after its last
        await orders()
          .cancelOrder({ orderId: id, reason: 'a race' })
          .catch((error: unknown) => expect(error).toMatchObject({ reason: 'ORDER_BEING_CONFIRMED' }));
        return id;
      }),
    );
    orderIds.push(...ids);
    const ended = await Promise.all(ids.map((id) => settledOrder(suite, id)));
    const confirmed = ended.filter(({ state }) => state === OrderState.ORDER_STATE_CONFIRMED).length;
    const cancelled = ended.filter(({ state }) => state === OrderState.ORDER_STATE_CANCELLED).length;
    expect(confirmed + cancelled).toBe(ORDERS);
    expect(cancelled).toBeGreaterThan(0);
    expect(await stockOf(suite, product)).toEqual({ available: 1_000 - confirmed, reserved: 0, sold: confirmed });
  }, 120_000);

  it('is given up when a participant is away for too long, and undone when that one is back', async () => {
    const before = await stockOf(suite, product);
    const shipping = suite.pid('shipping');
    process.kill(shipping, 'SIGSTOP');
    let id: string;
    try {
      id = await place(suite, customer, product);
      orderIds.push(id);
      await eventually(
        async () => {
          const { order } = await orders().getOrder({ orderId: id });
          expect(order?.state).toBe(OrderState.ORDER_STATE_CANCELLING);
        },
        { timeoutMs: 30_000, intervalMs: 200 },
      );
      // What the others did is undone meanwhile: nobody waits for the one that is away.
      await eventually(async () => expect(await stockOf(suite, product)).toEqual(before), { timeoutMs: 15_000 });
    } finally {
      process.kill(shipping, 'SIGCONT');
    }
    const events = await followOrder(suite, id);
    expect(events.at(-1)?.state).toBe(OrderState.ORDER_STATE_CANCELLED);
    expect(events.map(({ reason }) => reason)).toContain('CHECKOUT_TIMED_OUT');
  }, 120_000);

  it('keeps every invariant', async () => {
    expect(await breaches(suite, { orderIds, received: new Map([[product, 1_000]]) })).toEqual([]);
  }, 120_000);
});
