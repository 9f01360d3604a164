import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderState } from '../../../gen/tradewind/order/v1/order.ts';
import { newId } from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { startRealNeighbours } from './real-neighbours.ts';
import { cart, openShop } from './shop.ts';

describe('an order whose card was seen to by hand', () => {
  let shop: Awaited<ReturnType<typeof openShop>>;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterEach(() => shop.neighbours.reset());
  afterAll(() => shop.close());

  it('is confirmed without a capture when an operator has its authorization skipped', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    shop.neighbours.script('authorizePayment', () => held);
    const { order } = await shop.orders.placeOrder(cart());
    const { id: orderId = '', sagaId = '' } = order ?? {};
    const methods = () => shop.neighbours.commands.map(({ method }) => method);
    await eventually(() => expect(methods()).toContain('authorizePayment'));

    // What the saga does is written a moment after it is done, and a command is about what is written.
    const currentStep = async () => (await shop.sagas.getSaga({ sagaId })).saga?.currentStep;
    await eventually(async () => expect(await currentStep()).toBe('authorize-payment'));
    await shop.sagas.skipStep({ sagaId, step: 'authorize-payment', reason: 'paid in cash' });
    letGo();
    const events = await shop.watch(orderId);

    expect(events.at(-1)).toMatchObject({ state: OrderState.ORDER_STATE_CONFIRMED, settled: true });
    expect(methods()).not.toContain('capturePayment');
    expect(methods()).toContain('commitReservation');
  });
});

describe('an order whose money was given back by hand', () => {
  let neighbours: Awaited<ReturnType<typeof startRealNeighbours>>;
  let shop: Awaited<ReturnType<typeof openShop>>;
  beforeAll(async () => {
    neighbours = await startRealNeighbours();
    shop = await openShop(neighbours);
  }, 60_000);
  afterAll(async () => {
    await shop.close();
    await neighbours.close();
  });

  it.each(['approve', 'undo_fails_5_times'] as const)('can still be cancelled (%s)', async (card) => {
    const productId = await neighbours.createProduct(5);
    const buyer = await neighbours.createUser(card);
    const { order: placed } = await shop.orders.placeOrder(cart({ ...buyer, lines: [{ productId, quantity: 2 }] }));
    const orderId = placed?.id ?? '';
    const confirmed = await shop.watch(orderId);
    const { order } = await shop.orders.getOrder({ orderId });
    const refund = { requestId: newId(), paymentId: order?.paymentId ?? '', reason: 'a complaint' };
    if (card === 'approve') await neighbours.payments.refundPayment(refund);
    else await expect(neighbours.payments.refundPayment(refund)).rejects.toMatchObject({ status: 'UNAVAILABLE' });

    await shop.orders.cancelOrder({ orderId });
    await eventually(() => neighbours.payments.refundPayment(refund), { intervalMs: 300 });
    const events = await shop.watch(orderId, BigInt(confirmed.length));

    expect(events.at(-1)).toMatchObject({ state: OrderState.ORDER_STATE_CANCELLED, settled: true });
    expect(await neighbours.stockOf(productId)).toEqual([5, 0, 0]);
    expect(await neighbours.moneyOf(orderId)).toEqual({ held: 0, captured: 7998, refunded: 7998 });
    expect(await neighbours.pointsOf(buyer.userId)).toBe(0n);
  });
});
