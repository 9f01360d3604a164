import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderState } from '../../../gen/tradewind/order/v1/order.ts';
import { ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import type { Behaviour } from '../../../src/sandbox/payment-provider/index.ts';
import { startRealNeighbours } from './real-neighbours.ts';
import { cart, openShop } from './shop.ts';

let neighbours: Awaited<ReturnType<typeof startRealNeighbours>>;
let shop: Awaited<ReturnType<typeof openShop>>;

beforeAll(async () => {
  neighbours = await startRealNeighbours({ hourMs: 3_600_000 });
  shop = await openShop(neighbours);
}, 60_000);
afterAll(async () => {
  await shop.close();
  await neighbours.close();
});

const id = () => crypto.randomUUID();
const PRICE = { currencyCode: 'EUR', units: 39n, nanos: 990_000_000 };

/** Four pieces of one product and two of another, of ten each, bought and confirmed. */
async function bought({ price = PRICE, card = 'approve' as Behaviour, postalCode = '10115' } = {}) {
  const [one, two] = [await neighbours.createProduct(10, price), await neighbours.createProduct(10, price)];
  const buyer = await neighbours.createUser(card);
  const request = cart({ ...buyer, lines: [{ productId: one, quantity: 4 }, { productId: two, quantity: 2 }] }); // prettier-ignore
  const shippingAddress = { ...request.shippingAddress!, postalCode };
  const { order } = await shop.orders.placeOrder({ ...request, shippingAddress });
  const orderId = order?.id ?? '';
  let position = BigInt((await shop.watch(orderId)).length);

  return {
    orderId,
    one,
    two,
    async take(...lines: readonly (readonly [string, number])[]) {
      const pieces = lines.map(([productId, quantity]) => ({ productId, quantity }));
      await shop.orders.cancelOrderLines({ orderId, requestId: id(), lines: pieces });
      position += BigInt((await shop.watch(orderId, position)).length);
    },
    async settled() {
      position += BigInt((await shop.watch(orderId, position)).length);
    },
    /** What everybody says of it: the order, the shelves, the provider, the points, the parcel. */
    async end() {
      const { order: ended } = await shop.orders.getOrder({ orderId });
      const { shipment } = await neighbours.shipments.getShipment({ shipmentId: ended?.shipmentId ?? '' });
      return {
        state: ended?.state,
        due: Number(ended?.dueTotal?.units) * 100 + Number(ended?.dueTotal?.nanos) / 1e7,
        refunded: Number(ended?.refundedTotal?.units) * 100 + Number(ended?.refundedTotal?.nanos) / 1e7,
        stock: [await neighbours.stockOf(one), await neighbours.stockOf(two)],
        money: await neighbours.moneyOf(orderId),
        points: [ended?.pointsAwarded, await neighbours.pointsOf(buyer.userId)],
        parcel: shipment?.items.map(({ quantity }) => quantity),
        shipped: shipment?.state,
      };
    },
  };
}

const CONFIRMED = OrderState.ORDER_STATE_CONFIRMED;
const ARRANGED = ShipmentState.SHIPMENT_STATE_ARRANGED;

describe('money, stock, points and parcel of an order that pieces are taken out of', () => {
  it('are those of what is left, after each of several', async () => {
    const order = await bought();
    await order.take([order.one, 3]);
    expect(await order.end()).toEqual({
      ...{ state: CONFIRMED, due: 11997, refunded: 11997 },
      stock: [[9, 0, 1], [8, 0, 2]], // prettier-ignore
      money: { held: 0, captured: 23994, refunded: 11997 },
      ...{ points: [119n, 119n], parcel: [1, 2], shipped: ARRANGED },
    });
    await order.take([order.one, 1], [order.two, 1]);
    expect(await order.end()).toEqual({
      ...{ state: CONFIRMED, due: 3999, refunded: 19995 },
      stock: [[10, 0, 0], [9, 0, 1]], // prettier-ignore
      money: { held: 0, captured: 23994, refunded: 19995 },
      ...{ points: [39n, 39n], parcel: [1], shipped: ARRANGED },
    });
  });

  it('are gone when the rest is cancelled too, by either call', async () => {
    for (const cancelRest of ['order', 'lines'] as const) {
      const order = await bought();
      await order.take([order.one, 4]);
      if (cancelRest === 'lines') await order.take([order.two, 2]);
      else {
        await shop.orders.cancelOrder({ orderId: order.orderId });
        await order.settled();
      }
      expect(await order.end()).toMatchObject({
        ...{ state: OrderState.ORDER_STATE_CANCELLED, due: 0, refunded: 23994 },
        stock: [[10, 0, 0], [10, 0, 0]], // prettier-ignore
        money: { held: 0, captured: 23994, refunded: 23994 },
        shipped: ShipmentState.SHIPMENT_STATE_CANCELLED,
      });
      expect((await order.end()).points[1]).toBe(0n);
    }
  }, 30_000);

  it('stay when the parcel has left meanwhile', async () => {
    const order = await bought({ postalCode: '00011' });
    await order.take([order.one, 1]).catch(() => undefined); // refused at once where the news of it came first
    expect(await order.end()).toMatchObject({
      ...{ state: CONFIRMED, due: 23994, refunded: 0 },
      stock: [[6, 0, 4], [8, 0, 2]], // prettier-ignore
      money: { captured: 23994, refunded: 0 },
      ...{ points: [239n, 239n], parcel: [4, 2] },
    });
  });

  it('of an order that was free are only stock and parcel', async () => {
    const order = await bought({ price: { ...PRICE, units: 0n, nanos: 0 } });
    await order.take([order.two, 2]);
    expect(await order.end()).toMatchObject({
      ...{ state: CONFIRMED, due: 0, refunded: 0 },
      stock: [[6, 0, 4], [10, 0, 0]], // prettier-ignore
      money: { held: 0, captured: 0, refunded: 0 },
      ...{ points: [0n, 0n], parcel: [4] },
    });
  });

  it('are given back once when answers are lost and refunds fail for a while', async () => {
    const order = await bought({ card: 'undo_fails_5_times', postalCode: '00012' });
    await order.take([order.one, 2]);
    expect(await order.end()).toMatchObject({
      ...{ state: CONFIRMED, due: 15996, refunded: 7998 },
      stock: [[8, 0, 2], [8, 0, 2]], // prettier-ignore
      money: { captured: 23994, refunded: 7998 },
      ...{ points: [159n, 159n], parcel: [2, 2] },
    });
  }, 30_000);

  it('are right when many want many things at once', async () => {
    const order = await bought();
    const asked = await Promise.allSettled(
      Array.from({ length: 6 }, (_unused, index) =>
        shop.orders.cancelOrderLines({
          ...{ orderId: order.orderId, requestId: id() },
          lines: [{ productId: index % 2 === 0 ? order.one : order.two, quantity: 1 }],
        }),
      ),
    );
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await order.settled();
    expect(await order.end()).toMatchObject({ due: 19995, refunded: 3999, money: { captured: 23994, refunded: 3999 } });
  });
});
