import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { OrderEventKind, OrderState } from '../../../gen/tradewind/order/v1/order.ts';
import { newId } from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { KETTLE, MUG, refusal, RETIRED } from './neighbours.ts';
import { ADA, cart, openShop, tell as tellAll, tokenOf } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;

beforeAll(async () => {
  shop = await openShop();
});
afterEach(() => shop.neighbours.reset());
afterAll(() => shop.close());

const tell = (events: Parameters<typeof tellAll>[0]) => tellAll(events, { kinds: OrderEventKind, states: OrderState });

async function place(rest: Parameters<typeof cart>[0] = {}) {
  const { order } = await shop.orders.placeOrder(cart(rest));
  if (order === undefined) throw new Error('no order');
  return order;
}

async function get(orderId: string) {
  const { order } = await shop.orders.getOrder({ orderId });
  if (order === undefined) throw new Error('no order');
  return order;
}

describe('PlaceOrder', () => {
  it('answers PENDING with exact prices, then carries the order to the end', async () => {
    const placed = await place();
    expect(placed).toMatchObject({
      state: OrderState.ORDER_STATE_PENDING,
      total: { currencyCode: 'EUR', units: 127n, nanos: 470_000_000 },
      lines: [
        { sku: 'KETTLE', quantity: 3, lineTotal: { units: 119n, nanos: 970_000_000 } },
        { sku: 'MUG', quantity: 1, lineTotal: { units: 7n, nanos: 500_000_000 } },
      ],
    });

    const events = await shop.watch(placed.id);

    expect(tell(events)).toEqual([
      'STATE_CHANGED PENDING',
      ...['reserve-stock', 'authorize-payment', 'arrange-shipment', 'capture-payment'].flatMap((step) => [
        `STEP_STARTED ${step}`,
        `STEP_SUCCEEDED ${step}`,
      ]),
      'STEP_STARTED confirm',
      'STEP_SUCCEEDED confirm',
      'STATE_CHANGED CONFIRMED',
      'STEP_STARTED notify',
      'STEP_SUCCEEDED notify',
      'STEP_STARTED award-points',
      'STEP_SUCCEEDED award-points settled',
    ]);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => BigInt(index + 1)));
    expect(await get(placed.id)).toMatchObject({
      state: OrderState.ORDER_STATE_CONFIRMED,
      reservationId: placed.id,
      paymentId: expect.stringMatching(/.{36}/),
      shipmentId: expect.stringMatching(/.{36}/),
      pointsAwarded: 127n,
      confirmTime: expect.any(Date),
      cancellation: undefined,
    });
    expect(shop.neighbours.commands.map(({ method, requestId }) => [method, requestId])).toEqual(
      [
        ['reserveStock', 'reserve-stock'],
        ['authorizePayment', 'authorize-payment'],
        ['arrangeShipment', 'arrange-shipment'],
        ['capturePayment', 'capture-payment'],
        ['commitReservation', 'confirm'],
        ['sendNotification', 'notify'],
        ['awardPoints', 'award-points'],
      ].map(([method, step]) => [method, `${placed.sagaId}/${step}`]),
    );
  });

  it.each([
    ['reserveStock', 'reserve-stock', 'OUT_OF_STOCK', 'product', ['releaseReservation']],
    ['authorizePayment', 'authorize-payment', 'PAYMENT_DECLINED', 'payment', ['voidPayment', 'releaseReservation']],
    [
      'arrangeShipment',
      'arrange-shipment',
      'ADDRESS_REFUSED',
      'shipping',
      ['cancelShipment', 'voidPayment', 'releaseReservation'],
    ],
    [
      'capturePayment',
      'capture-payment',
      'CAPTURE_REFUSED',
      'payment',
      ['cancelShipment', 'voidPayment', 'releaseReservation'],
    ],
  ])('ends in CANCELLED with the reason when %s is refused', async (method, step, reason, domain, undone) => {
    shop.neighbours.script(method, () => {
      throw refusal('FAILED_PRECONDITION', reason, `${domain}.tradewind`);
    });
    const placed = await place();
    const told = tell(await shop.watch(placed.id));

    expect(told).toEqual(
      expect.arrayContaining([`STEP_FAILED ${step} ${reason}`, `STATE_CHANGED CANCELLING ${reason}`]),
    );
    expect(told.at(-1)).toBe(`STATE_CHANGED CANCELLED ${reason} settled`);
    expect(await get(placed.id)).toMatchObject({
      state: OrderState.ORDER_STATE_CANCELLED,
      cancellation: { reason, step },
      cancelTime: expect.any(Date),
    });
    const methods = shop.neighbours.methodsOf(placed);
    expect(methods.slice(methods.indexOf(method) + 1)).toEqual(undone);
  });

  it('goes on after the capture, however often a neighbour fails', async () => {
    shop.neighbours.script('commitReservation', (_request, nth) => {
      if (nth < 4) throw refusal('UNAVAILABLE', 'AWAY', 'product.tradewind');
    });
    const placed = await place();
    const told = tell(await shop.watch(placed.id));
    expect(told.filter((line) => line.startsWith('STEP_RETRYING'))).toContain('STEP_RETRYING confirm STEP_UNAVAILABLE');
    expect(told.at(-1)).toBe('STEP_SUCCEEDED award-points settled');
  });

  it('makes one order of one request_id, and refuses another body under it', async () => {
    const request = cart();
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.orders.placeOrder(request)));
    await shop.watch(answers[0]?.order?.id ?? '');

    expect(new Set(answers.map(({ order }) => order?.id)).size).toBe(1);
    expect(await shop.orders.placeOrder(request)).toEqual(answers[0]);
    const other = { ...request, lines: [{ productId: MUG, quantity: 2 }] };
    await expect(shop.orders.placeOrder(other)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
    });
  });

  it.each([
    ['NOT_FOUND', 'PRODUCT_NOT_FOUND', { lines: [{ productId: newId(), quantity: 1 }] }],
    ['FAILED_PRECONDITION', 'PRODUCT_DISCONTINUED', { lines: [{ productId: RETIRED, quantity: 1 }] }],
    ['FAILED_PRECONDITION', 'CURRENCY_MISMATCH', { currencyCode: 'USD' }],
    ['FAILED_PRECONDITION', 'TOTAL_CHANGED', { expectedTotal: { currencyCode: 'EUR', units: 1n, nanos: 0 } }],
    [
      'INVALID_ARGUMENT',
      'DUPLICATE_PRODUCT',
      {
        lines: [
          { productId: KETTLE, quantity: 1 },
          { productId: KETTLE, quantity: 2 },
        ],
      },
    ],
    ['INVALID_ARGUMENT', 'VALIDATION_FAILED', { lines: [] }],
    ['INVALID_ARGUMENT', 'VALIDATION_FAILED', { lines: [{ productId: KETTLE, quantity: 0 }] }],
  ])('is %s (%s) for a bad cart', async (status, reason, rest) => {
    await expect(shop.orders.placeOrder(cart(rest))).rejects.toMatchObject({ status, reason });
    expect(shop.neighbours.commands).toEqual([]);
  });

  it('needs an account', async () => {
    shop.neighbours.script('getUser', () => {
      throw refusal('NOT_FOUND', 'USER_NOT_FOUND', 'user.tradewind');
    });
    await expect(shop.orders.placeOrder(cart())).rejects.toMatchObject({
      status: 'NOT_FOUND',
      reason: 'USER_NOT_FOUND',
      domain: 'order.tradewind',
    });
  });
});

describe('reading orders', () => {
  const as = (userId: string, role?: string) => ({
    metadata: Metadata({ authorization: `Bearer ${tokenOf(userId, role)}` }),
  });
  const denied = { status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' };

  it('shows an order to its owner and to administrators only', async () => {
    const { id } = await place();
    const stranger = as(newId());
    await expect(shop.orders.getOrder({ orderId: id }, stranger)).rejects.toMatchObject(denied);
    await expect(shop.orders.cancelOrder({ orderId: id }, stranger)).rejects.toMatchObject(denied);
    await expect(shop.orders.placeOrder(cart(), stranger)).rejects.toMatchObject(denied);
    await expect(
      shop.orders.watchOrder({ orderId: id }, stranger)[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject(denied);
    await expect(shop.sagas.listSagas({}, as(ADA))).rejects.toMatchObject(denied);
    expect((await shop.orders.getOrder({ orderId: id }, as(ADA))).order?.id).toBe(id);
    expect((await shop.orders.getOrder({ orderId: id }, as(newId(), 'admin'))).order?.id).toBe(id);
  });

  it("pages through the caller's own orders in every order, without loss or repetition", async () => {
    const userId = newId();
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) ids.push((await place({ userId })).id);
    await Promise.all(ids.map((id) => shop.watch(id)));

    for (const orderBy of ['', 'create_time', 'update_time', 'update_time desc']) {
      const seen: string[] = [];
      let pageToken = '';
      do {
        const page = await shop.orders.listOrders({ pageSize: 3, pageToken, orderBy }, as(userId));
        seen.push(...page.orders.map(({ id }) => id));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect([...seen].sort()).toEqual([...ids].sort());
      if (orderBy === '') expect(seen).toEqual([...ids].reverse());
      if (orderBy === 'create_time') expect(seen).toEqual(ids);
    }
    const { nextPageToken } = await shop.orders.listOrders({ pageSize: 3 }, as(userId));
    await expect(
      shop.orders.listOrders({ pageSize: 3, pageToken: nextPageToken, orderBy: 'update_time' }, as(userId)),
    ).rejects.toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' });
    await expect(shop.orders.listOrders({ userId: newId() }, as(userId))).rejects.toMatchObject(denied);
  });

  it('filters by state, product and time', async () => {
    const userId = newId();
    const mug = await place({ userId, lines: [{ productId: MUG, quantity: 1 }] });
    const kettle = await place({ userId, lines: [{ productId: KETTLE, quantity: 1 }] });
    await Promise.all([shop.watch(mug.id), shop.watch(kettle.id)]);
    const idsOf = async (filter: object) =>
      (await shop.orders.listOrders({ userId, ...filter })).orders.map(({ id }) => id);

    expect(await idsOf({ productId: MUG })).toEqual([mug.id]);
    expect(await idsOf({ states: [OrderState.ORDER_STATE_CONFIRMED] })).toEqual([kettle.id, mug.id]);
    expect(await idsOf({ states: [OrderState.ORDER_STATE_CANCELLED] })).toEqual([]);
    expect(await idsOf({ placedBefore: new Date(0) })).toEqual([]);
  });
});

describe('WatchOrder', () => {
  it('goes on after the position given, and ends at once after the end', async () => {
    const { id } = await place();
    const all = await shop.watch(id);
    expect(await shop.watch(id, 5n)).toEqual(all.slice(5));
    expect(await shop.watch(id, BigInt(all.length))).toEqual([]);
    await expect(shop.watch(id, BigInt(all.length + 1))).rejects.toMatchObject({
      status: 'OUT_OF_RANGE',
      reason: 'POSITION_UNKNOWN',
    });
    await expect(shop.watch(newId())).rejects.toMatchObject({ status: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND' });
  });

  it('sees what another instance does', async () => {
    const other = await shop.startProcess('order-2');
    const orders = await Promise.all(Array.from({ length: 10 }, () => place()));
    const watched = await Promise.all(
      orders.map(async ({ id }) => {
        let last = '';
        for await (const { event } of other.orders.watchOrder({ orderId: id }))
          last = event?.settled ? 'settled' : last;
        return last;
      }),
    );
    expect(watched).toEqual(orders.map(() => 'settled'));
    await other.service.stop();
    await eventually(async () => expect((await shop.orders.listOrders({ pageSize: 1 })).orders).toHaveLength(1));
  });
});
