import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderServiceDefinition } from '../../gen/tradewind/order/v1/order.ts';
import { CHECKOUT_STYLES } from '../../src/services/order/place-order.ts';
import { breaches, readResources, type HeldOpen } from '../support/invariants/index.ts';
import {
  GOOD_ADDRESS,
  OrderState,
  followOrder,
  newCustomer,
  newProduct,
  orderRequest,
  settledOrder,
  stockOf,
} from '../support/shopping.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

/** The sandbox provider's card without money behind it. */
const CARD_WITHOUT_MONEY = '4000000000009995';
/** The sandbox carrier does not know it. */
const REFUSED_ADDRESS = { ...GOOD_ADDRESS, postalCode: '00000' };

describe.each(CHECKOUT_STYLES)('an order in the whole suite, by %s,', (style) => {
  let suite: TestSuite;
  const orderIds: string[] = [];
  const received = new Map<string, number>();
  let baseline: readonly HeldOpen[] = [];

  beforeAll(async () => {
    suite = await startSuite({ args: ['--no-demo', '--checkout', style] });
  }, 120_000);
  afterAll(async () => {
    await suite?.[Symbol.asyncDispose]();
  }, 30_000);

  const orders = () => suite.client(OrderServiceDefinition, 'order');

  async function stocked(quantity: number): Promise<string> {
    const id = await newProduct(suite, quantity);
    received.set(id, quantity);
    return id;
  }

  async function place(request: ReturnType<typeof orderRequest>): Promise<string> {
    const { order } = await orders().placeOrder(request);
    const id = order?.id ?? '';
    orderIds.push(id);
    return id;
  }

  it('is confirmed, paid, shipped, notified and rewarded', async () => {
    const [customer, product] = await Promise.all([newCustomer(suite), stocked(5)]);
    const order = await settledOrder(suite, await place(orderRequest(customer, product, 2)));
    expect(order.state).toBe(OrderState.ORDER_STATE_CONFIRMED);
    expect(order).toMatchObject({ total: { currencyCode: 'EUR', units: 20n, nanos: 0 } });
    expect(order.shipmentId).not.toBe('');
    expect(order.pointsAwarded).toBeGreaterThan(0n);
    expect(await stockOf(suite, product)).toEqual({ available: 3, reserved: 0, sold: 2 });
    baseline = await readResources(suite); // every connection that a checkout needs has been made
  }, 90_000);

  const refusals = [
    { name: 'more than there is', quantity: 9, card: undefined, address: GOOD_ADDRESS, reason: 'OUT_OF_STOCK' },
    {
      name: 'a declined card',
      quantity: 1,
      card: CARD_WITHOUT_MONEY,
      address: GOOD_ADDRESS,
      reason: 'PAYMENT_DECLINED',
    },
    {
      name: 'an address the carrier refuses',
      quantity: 1,
      card: undefined,
      address: REFUSED_ADDRESS,
      reason: 'ADDRESS_REFUSED',
    },
  ] as const;
  it.each(refusals)(
    'with $name ends cancelled with $reason, everything back where it was',
    async (refusal) => {
      const [customer, product] = await Promise.all([newCustomer(suite, refusal.card), stocked(5)]);
      const id = await place(orderRequest(customer, product, refusal.quantity, refusal.address));
      const events = await followOrder(suite, id);
      expect(events.at(-1)?.state).toBe(OrderState.ORDER_STATE_CANCELLED);
      expect(events.map((event) => event.reason)).toContain(refusal.reason);
      expect(events.map((event) => event.position)).toEqual(events.map((_event, index) => BigInt(index + 1)));
      expect(await stockOf(suite, product)).toEqual({ available: 5, reserved: 0, sold: 0 });
    },
    90_000,
  );

  it('is one order for one request_id, with equal answers, and refuses another body under it', async () => {
    const [customer, product] = await Promise.all([newCustomer(suite), stocked(50)]);
    const request = orderRequest(customer, product, 1);
    const answers = await Promise.all(Array.from({ length: 20 }, () => orders().placeOrder(request)));
    const id = answers[0]?.order?.id ?? '';
    orderIds.push(id);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const other = { ...request, lines: [{ productId: product, quantity: 2 }] };
    await expect(orders().placeOrder(other)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
    });
    await followOrder(suite, id);
    expect((await stockOf(suite, product)).sold).toBe(1);
  }, 90_000);

  it('sells the last pieces to as many buyers as there are pieces', async () => {
    const [customer, product] = await Promise.all([newCustomer(suite), stocked(5)]);
    const placed = await Promise.all(Array.from({ length: 15 }, () => place(orderRequest(customer, product, 1))));
    const ended = await Promise.all(placed.map((id) => settledOrder(suite, id)));
    const confirmed = ended.filter((order) => order.state === OrderState.ORDER_STATE_CONFIRMED);
    expect(confirmed).toHaveLength(5);
    expect(await stockOf(suite, product)).toEqual({ available: 0, reserved: 0, sold: 5 });
  }, 120_000);

  it('gives back what it took when it is cancelled after its confirmation', async () => {
    const [customer, product] = await Promise.all([newCustomer(suite), stocked(5)]);
    const order = await settledOrder(suite, await place(orderRequest(customer, product, 2)));
    await orders().cancelOrder({ orderId: order.id, etag: order.etag, reason: 'changed my mind' });
    const cancelled = await settledOrder(suite, order.id);
    expect(cancelled.state).toBe(OrderState.ORDER_STATE_CANCELLED);
    expect(await stockOf(suite, product)).toEqual({ available: 5, reserved: 0, sold: 0 });
  }, 90_000);

  it('keeps every invariant', async () => {
    expect(await breaches(suite, { orderIds, received, baseline })).toEqual([]);
  }, 120_000);
});
