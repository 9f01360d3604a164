import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { OrderEventKind, OrderState, type CancelOrderLinesRequest } from '../../../gen/tradewind/order/v1/order.ts';
import { SagaState } from '../../../gen/tradewind/order/v1/saga.ts';
import { ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { eventually } from '../../support/eventually.ts';
import { KETTLE, MUG, RETIRED, refusal } from './neighbours.ts';
import { ADA, cart, openShop, tell as tellAll, tokenOf } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;

beforeAll(async () => {
  shop = await openShop();
});
afterEach(() => shop.neighbours.reset());
afterAll(() => shop.close());

const id = () => crypto.randomUUID();
const tell = (events: Parameters<typeof tellAll>[0]) => tellAll(events, { kinds: OrderEventKind, states: OrderState });
const as = (userId: string) => ({ metadata: Metadata({ authorization: `Bearer ${tokenOf(userId)}` }) });
const euros = (units: bigint, cents = 0) => ({ currencyCode: 'EUR', units, nanos: cents * 10_000_000 });
const kettles = (quantity: number) => [{ productId: KETTLE, quantity }];

/** Three kettles and a mug, EUR 127.47, with every step of the checkout done. */
async function confirmed() {
  const { order: placed } = await shop.orders.placeOrder(cart());
  const orderId = placed?.id ?? '';
  const position = BigInt((await shop.watch(orderId)).length);
  return { orderId, position, commands: shop.neighbours.commands.length };
}

const cancel = (orderId: string, rest: Partial<CancelOrderLinesRequest> = {}) =>
  shop.orders.cancelOrderLines({ orderId, requestId: id(), lines: kettles(1), reason: '', etag: '', ...rest });

async function get(orderId: string) {
  const { order } = await shop.orders.getOrder({ orderId });
  if (order === undefined) throw new Error('no order');
  return order;
}

/** A command of the neighbours that waits until it is let go. */
function hold(method: string) {
  let letGo: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (letGo = resolve));
  shop.neighbours.script(method, () => waiting);
  return {
    reached: () => eventually(() => expect(shop.neighbours.commands.map((one) => one.method)).toContain(method)),
    letGo,
  };
}

describe('CancelOrderLines', () => {
  it('takes pieces out of a confirmed order and gives them back, step by step', async () => {
    const { orderId, position, commands } = await confirmed();
    const amendment = hold('amendShipment');
    const { order: answered } = await cancel(orderId, { lines: kettles(2), reason: 'too many' });
    expect(answered).toMatchObject({
      state: OrderState.ORDER_STATE_CONFIRMED,
      dueTotal: euros(127n, 47),
      lineCancellation: { lines: kettles(2), amount: euros(79n, 98), message: 'too many' },
    });
    amendment.letGo();
    const told = tell(await shop.watch(orderId, position));
    expect(told[0]).toBe('LINES_CANCELLING CANCELLED_BY_OPERATOR');
    expect(told).toContain('LINES_CANCELLED CANCELLED_BY_OPERATOR');
    expect(told.at(-1)).toBe('STEP_SUCCEEDED notify settled');

    const order = await get(orderId);
    expect(order).toMatchObject({
      state: OrderState.ORDER_STATE_CONFIRMED,
      total: euros(127n, 47),
      dueTotal: euros(47n, 49),
      refundedTotal: euros(79n, 98),
      pointsAwarded: 47n,
      lineCancellation: undefined,
    });
    expect(order.lines.map(({ cancelledQuantity }) => cancelledQuantity)).toEqual([2, 0]);
    const sent = shop.neighbours.commands.slice(commands);
    expect(sent.map(({ method, requestId }) => [method, requestId])).toEqual(
      [
        ['amendShipment', 'amend-shipment'],
        ['refundPayment', 'refund-payment'],
        ['returnStock', 'return-stock'],
        ['revokePoints', 'revoke-points'],
        ['sendNotification', 'notify'],
      ].map(([method, step]) => [method, `${order.sagaId}/${step}`]),
    );
    expect(sent[0]?.request).toMatchObject({ shipmentId: order.shipmentId, removals: kettles(2) });
    expect(sent[1]?.request).toMatchObject({ paymentId: order.paymentId, amount: euros(79n, 98) });
    expect(sent[2]?.request).toMatchObject({ reservationId: orderId, lines: kettles(2) });
    expect(sent[3]?.request).toMatchObject({ points: 80n });
    expect(sent[4]?.request).toMatchObject({
      template: 'order-lines-cancelled',
      parameters: { refund: 'EUR 79.98', order_total: 'EUR 47.49' },
    });
  });

  it('can be done again with what is left, and the rest cancelled with the order', async () => {
    const { orderId, position } = await confirmed();
    await cancel(orderId);
    const first = await shop.watch(orderId, position);
    await cancel(orderId, { lines: [{ productId: MUG, quantity: 1 }] });
    const second = await shop.watch(orderId, position + BigInt(first.length));
    expect(await get(orderId)).toMatchObject({
      dueTotal: euros(79n, 98),
      refundedTotal: euros(47n, 49),
      pointsAwarded: 79n,
    });

    const { order } = await cancel(orderId, { lines: kettles(2) });
    expect(order).toMatchObject({ state: OrderState.ORDER_STATE_CANCELLING, lineCancellation: undefined });
    await shop.watch(orderId, position + BigInt(first.length + second.length));
    expect(await get(orderId)).toMatchObject({
      state: OrderState.ORDER_STATE_CANCELLED,
      dueTotal: euros(0n),
      refundedTotal: euros(127n, 47),
    });
    const { method, request } = shop.neighbours.commands.findLast((one) => one.method === 'sendNotification')!;
    expect([method, request['parameters']]).toEqual([
      'sendNotification',
      expect.objectContaining({ order_total: 'EUR 79.98' }),
    ]);
  });

  it('answers the same request_id as the first time, whatever became of the order, and refuses another body', async () => {
    const { orderId, position } = await confirmed();
    const request = { requestId: id(), lines: kettles(1), reason: 'too many' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => cancel(orderId, request)));
    await shop.watch(orderId, position);
    answers.push(await cancel(orderId, request));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await get(orderId)).lines[0]?.cancelledQuantity).toBe(1);
    expect(shop.neighbours.commands.filter(({ method }) => method === 'refundPayment')).toHaveLength(1);
    await expect(cancel(orderId, { ...request, lines: kettles(2) })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
    });
  });

  it('is one at a time: others, and CancelOrder, are refused until it is over', async () => {
    const { orderId, position } = await confirmed();
    const refund = hold('refundPayment');
    await cancel(orderId);
    await refund.reached();
    const busy = { status: 'FAILED_PRECONDITION', reason: 'ORDER_BEING_CHANGED' };
    await expect(cancel(orderId)).rejects.toMatchObject(busy);
    await expect(shop.orders.cancelOrder({ orderId })).rejects.toMatchObject(busy);
    refund.letGo();
    await shop.watch(orderId, position);
    const { order } = await shop.orders.cancelOrder({ orderId });
    expect(order?.state).toBe(OrderState.ORDER_STATE_CANCELLING);
    await expect(cancel(orderId)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'ORDER_NOT_CONFIRMED',
    });
    await eventually(async () => expect((await get(orderId)).state).toBe(OrderState.ORDER_STATE_CANCELLED));
  });

  it('lets one of several through that race, and of it and CancelOrder', async () => {
    const { orderId, position } = await confirmed();
    const racing = await Promise.allSettled([
      ...[1, 2, 3].map(() => cancel(orderId, { lines: kettles(2) })),
      shop.orders.cancelOrder({ orderId }),
    ]);
    expect(racing.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await shop.watch(orderId, position);
    const order = await get(orderId);
    const refunds = shop.neighbours.commands.filter(({ request }) => request['paymentId'] === order.paymentId);
    expect(refunds.map(({ method }) => method)).toEqual(['capturePayment', 'refundPayment']);
    expect(order.refundedTotal).toEqual(
      order.state === OrderState.ORDER_STATE_CANCELLED ? order.total : euros(79n, 98),
    );
  });

  it('changes nothing when the parcel has left, known before or found out on the way', async () => {
    const { orderId, position } = await confirmed();
    const { shipmentId } = await get(orderId);
    shop.neighbours.shipments.set(shipmentId, ShipmentState.SHIPMENT_STATE_IN_TRANSIT);
    await expect(cancel(orderId)).rejects.toMatchObject({ reason: 'ORDER_NOT_CANCELLABLE' });

    shop.neighbours.shipments.set(shipmentId, ShipmentState.SHIPMENT_STATE_ARRANGED);
    shop.neighbours.script('amendShipment', () => {
      throw refusal('FAILED_PRECONDITION', 'SHIPMENT_STATE_CONFLICT', 'shipping.tradewind');
    });
    await cancel(orderId);
    const told = tell(await shop.watch(orderId, position));
    expect(told.at(-1)).toBe('LINES_KEPT ORDER_NOT_CANCELLABLE settled');
    const order = await get(orderId);
    expect(order).toMatchObject({ dueTotal: order.total, refundedTotal: euros(0n), lineCancellation: undefined });
    expect(shop.neighbours.commands.map(({ method }) => method)).not.toContain('refundPayment');
    expect((await shop.sagas.getSaga({ sagaId: order.sagaId })).saga).toMatchObject({
      name: 'partial-cancellation',
      state: SagaState.SAGA_STATE_COMPENSATED,
    });
  });

  it('refuses what is not there to take, at a glance', async () => {
    const { orderId } = await confirmed();
    await expect(cancel(orderId, { lines: kettles(4) })).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'LINE_QUANTITY_EXCEEDED',
      metadata: { product_id: KETTLE },
    });
    await expect(cancel(orderId, { lines: [{ productId: RETIRED, quantity: 1 }] })).rejects.toMatchObject({
      reason: 'LINE_QUANTITY_EXCEEDED',
    });
    await expect(cancel(orderId, { lines: [...kettles(1), ...kettles(1)] })).rejects.toMatchObject({
      reason: 'DUPLICATE_PRODUCT',
    });
    await expect(cancel(orderId, { lines: [] })).rejects.toMatchObject({ reason: 'VALIDATION_FAILED' });
    await expect(cancel(orderId, { etag: 'v1' })).rejects.toMatchObject({ status: 'ABORTED', reason: 'ETAG_MISMATCH' });
    await expect(cancel(id())).rejects.toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  });

  it('is for the customer and administrators, and only once the order is confirmed', async () => {
    const capture = hold('capturePayment');
    const { order } = await shop.orders.placeOrder(cart());
    const orderId = order?.id ?? '';
    await capture.reached();
    await expect(cancel(orderId)).rejects.toMatchObject({
      reason: 'ORDER_NOT_CONFIRMED',
      metadata: { state: 'PENDING' },
    });
    capture.letGo();
    const position = BigInt((await shop.watch(orderId)).length);
    const request = { orderId, requestId: id(), lines: kettles(1) };
    await expect(shop.orders.cancelOrderLines(request, as(id()))).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
    await shop.orders.cancelOrderLines(request, as(ADA));
    await expect(shop.orders.cancelOrderLines(request, as(id()))).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
    expect(tell(await shop.watch(orderId, position))[0]).toBe('LINES_CANCELLING CANCELLED_BY_CUSTOMER');
  });
});
