import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { systemClock } from '../../../src/chassis/core/index.ts';
import { readEvents } from '../../../src/chassis/events/index.ts';
import { ORDER_EVENTS } from '../../../src/services/order/events.ts';
import { KETTLE, MUG, refusal } from './neighbours.ts';
import { ADA, cart, openShop } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;

beforeAll(async () => {
  shop = await openShop();
});
afterEach(() => shop.neighbours.reset());
afterAll(() => shop.close());

const euros = (units: bigint, cents = 0) => ({ currencyCode: 'EUR', units, nanos: cents * 10_000_000 });

async function place(): Promise<string> {
  const { order } = await shop.orders.placeOrder(cart());
  return order?.id ?? '';
}

/** What the outbox tells of an order, as its consumers read it. */
async function toldOf(orderId: string) {
  const readers = new Map(Object.values(ORDER_EVENTS).map((one) => [one.type, one]));
  const events = await readEvents(shop.database, { after: 0n, limit: 10_000, clock: systemClock });
  return events
    .filter(({ aggregateId }) => aggregateId === orderId)
    .map(({ type, data }) => ({ type, data: readers.get(type)?.read(JSON.parse(data)) }));
}

describe('ORDER_EVENTS', () => {
  it('carry what was bought, where it goes and what became of it, so that nobody need ask', async () => {
    const orderId = await place();
    const position = BigInt((await shop.watch(orderId)).length);
    await shop.orders.cancelOrderLines({
      ...{ orderId, requestId: crypto.randomUUID(), reason: 'too many' },
      lines: [{ productId: KETTLE, quantity: 2 }],
    });
    const more = await shop.watch(orderId, position);
    await shop.orders.cancelOrder({ orderId, reason: 'none at all' });
    await shop.watch(orderId, position + BigInt(more.length));
    const { order } = await shop.orders.getOrder({ orderId });

    const [placed, confirmed, fewer, cancelling, cancelled] = await toldOf(orderId);
    const bought = {
      ...{ orderId, userId: ADA, currencyCode: 'EUR', totalUnits: 127n, totalNanos: 470_000_000 },
      total: euros(127n, 47),
    };
    const kettles = {
      productId: KETTLE,
      sku: 'KETTLE',
      quantity: 3,
      unitPrice: euros(39n, 99),
      lineTotal: euros(119n, 97),
    };
    expect(placed).toMatchObject({
      type: 'order.placed',
      data: {
        ...bought,
        ...{ position: 1n, shippingAddress: { city: 'Berlin', postalCode: '10115' } },
        lines: [
          { ...kettles, cancelledQuantity: 0 },
          { productId: MUG, quantity: 1 },
        ],
        paymentMethodId: order?.paymentMethodId,
      },
    });
    expect(confirmed).toMatchObject({
      type: 'order.confirmed',
      data: {
        ...bought,
        ...{ reason: '', dueTotal: euros(127n, 47), paymentId: order?.paymentId, shipmentId: order?.shipmentId },
        ...{ reservationId: orderId, paymentMethodId: order?.paymentMethodId, shippingAddress: { city: 'Berlin' } },
        lines: [kettles, {}],
      },
    });
    expect(fewer).toMatchObject({
      type: 'order.lines-cancelled',
      data: {
        ...bought,
        ...{ reason: 'CANCELLED_BY_OPERATOR', message: 'too many', dueTotal: euros(47n, 49) },
        ...{ cancelledLines: [{ productId: KETTLE, quantity: 2 }], cancelledAmount: euros(79n, 98) },
        lines: [{ ...kettles, cancelledQuantity: 2 }, { cancelledQuantity: 0 }],
      },
    });
    const why = { reason: 'CANCELLED_BY_OPERATOR', message: 'none at all' };
    expect(cancelling).toMatchObject({ type: 'order.cancelling', data: { ...bought, ...why } });
    expect(cancelled).toMatchObject({ type: 'order.cancelled', data: { ...bought, ...why, wasConfirmed: true } });
  });

  it('say of an order that never stood that it was not confirmed', async () => {
    shop.neighbours.script('authorizePayment', () => {
      throw refusal('FAILED_PRECONDITION', 'PAYMENT_DECLINED', 'payment.tradewind');
    });
    const orderId = await place();
    await shop.watch(orderId);
    const told = await toldOf(orderId);
    expect(told.map(({ type }) => type)).toEqual(['order.placed', 'order.cancelling', 'order.cancelled']);
    expect(told.at(-1)?.data).toMatchObject({ reason: 'PAYMENT_DECLINED', wasConfirmed: false });
  });
});
