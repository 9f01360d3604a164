import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { OrderState } from '../../../gen/tradewind/order/v1/order.ts';
import { GenerationState } from '../../../gen/tradewind/order/v1/read_model.ts';
import { newId } from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { KETTLE, MUG, refusal } from './neighbours.ts';
import { ADA, cart, openShop, tokenOf } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;

beforeAll(async () => {
  shop = await openShop();
});
afterEach(() => shop.neighbours.reset());
afterAll(() => shop.close());

const as = (userId: string) => ({ metadata: Metadata({ authorization: `Bearer ${tokenOf(userId)}` }) });
const denied = { status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' };
const euros = (units: bigint, cents = 0) => ({ currencyCode: 'EUR', units, nanos: cents * 10_000_000 });

async function place(rest: Parameters<typeof cart>[0] = {}): Promise<string> {
  const { order } = await shop.orders.placeOrder(cart(rest));
  return order?.id ?? '';
}

describe('GetOrderStatistics', () => {
  it('counts orders by where they stand, revenue, reasons and products, and follows what becomes of them', async () => {
    shop.neighbours.script('authorizePayment', () => {
      throw refusal('FAILED_PRECONDITION', 'PAYMENT_DECLINED', 'payment.tradewind');
    });
    await shop.watch(await place());
    shop.neighbours.reset();
    const reduced = await place();
    const position = BigInt((await shop.watch(reduced)).length);
    await shop.watch(await place({ lines: [{ productId: MUG, quantity: 2 }] }));
    await shop.orders.cancelOrderLines({
      ...{ orderId: reduced, requestId: newId(), reason: '' },
      lines: [{ productId: KETTLE, quantity: 2 }],
    });
    await shop.watch(reduced, position);

    const statistics = await shop.orders.getOrderStatistics({});
    expect(statistics).toMatchObject({
      counts: [
        { state: OrderState.ORDER_STATE_CANCELLED, orderCount: 1n, dueTotals: [euros(0n)] },
        { state: OrderState.ORDER_STATE_CONFIRMED, orderCount: 2n, dueTotals: [euros(62n, 49)] },
      ],
      cancellations: [{ reason: 'PAYMENT_DECLINED', orderCount: 1n }],
      topProducts: [
        { productId: MUG, pieceCount: 3n, orderCount: 2n, revenues: [euros(22n, 50)] },
        { productId: KETTLE, pieceCount: 1n, orderCount: 1n, revenues: [euros(39n, 99)] },
      ],
    });
    expect(statistics.counts.map(({ day }) => day)).toEqual([statistics.lastDay, statistics.lastDay]);
    expect((await shop.orders.getOrderStatistics({ topProducts: 1 })).topProducts).toHaveLength(1);
    const longAgo = { firstDay: '2020-01-01', lastDay: '2020-01-31' };
    expect(await shop.orders.getOrderStatistics(longAgo)).toEqual({
      ...longAgo,
      ...{ counts: [], cancellations: [], topProducts: [] },
    });
  });

  it.each([
    { firstDay: '2026-02-30' },
    { firstDay: 'yesterday' },
    { firstDay: '2026-02-02', lastDay: '2026-02-01' },
    { firstDay: '2020-01-01', lastDay: '2026-01-01' },
    { topProducts: 101 },
  ])('refuses %j', async (request) => {
    await expect(shop.orders.getOrderStatistics(request)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'VALIDATION_FAILED',
    });
  });

  it('is for administrators', async () => {
    await expect(shop.orders.getOrderStatistics({}, as(ADA))).rejects.toMatchObject(denied);
  });
});

describe('ListOrders', () => {
  it('shows an order to whoever has just placed it, at this process and at another', async () => {
    const other = await shop.startProcess('order-2');
    for (let round = 0; round < 5; round += 1) {
      const userId = newId();
      const id = await place({ userId });
      for (const { orders } of [shop, other]) {
        expect((await orders.listOrders({ userId })).orders.map((order) => order.id)).toEqual([id]);
      }
    }
    await other.service.stop();
  });

  it('answers what there is when the read model stands still', async () => {
    const { readModels } = await shop.readModels.listReadModels({});
    const other = await shop.startProcess('order-3');
    await shop.database.execute({
      name: 'stall',
      text: `UPDATE read_model SET claim_owner = 'nobody', claim_token = claim_token + 1, claim_end = 'infinity' WHERE name = 'orders'`,
    });
    const userId = newId();
    const id = await place({ userId });
    expect(readModels.map(({ name }) => name)).toEqual(['order-statistics', 'orders']);
    expect((await other.orders.listOrders({ userId })).orders).toEqual([]);
    await shop.database.execute({
      name: 'go-on',
      text: `UPDATE read_model SET claim_end = '-infinity' WHERE name = 'orders'`,
    });
    await eventually(async () => {
      expect((await other.orders.listOrders({ userId })).orders.map((order) => order.id)).toEqual([id]);
    });
    await other.service.stop();
  });
});

describe('ReadModelService', () => {
  it('makes a read model again, which shows the same afterwards', async () => {
    const userId = newId();
    const ids = await Promise.all([1, 2, 3].map(() => place({ userId })));
    await Promise.all(ids.map((id) => shop.watch(id)));
    const list = async () => (await shop.orders.listOrders({ userId, orderBy: 'create_time' })).orders;
    const before = await list();
    expect(before).toHaveLength(3);
    const { readModel } = await shop.readModels.rebuildReadModel({ name: 'orders' });
    const building = readModel?.generations.at(-1);
    expect(building?.state).toBe(GenerationState.GENERATION_STATE_BUILDING);
    await eventually(async () => {
      const { readModels } = await shop.readModels.listReadModels({});
      expect(readModels.find(({ name }) => name === 'orders')?.generations).toMatchObject([
        { number: building?.number, state: GenerationState.GENERATION_STATE_SERVING },
      ]);
    });
    expect(await list()).toEqual(before);
  });

  it('knows what there is, and is for administrators', async () => {
    await expect(shop.readModels.rebuildReadModel({ name: 'nothing' })).rejects.toMatchObject({
      status: 'NOT_FOUND',
      reason: 'READ_MODEL_NOT_FOUND',
      domain: 'order.tradewind',
    });
    await expect(shop.readModels.listReadModels({}, as(ADA))).rejects.toMatchObject(denied);
    await expect(shop.readModels.rebuildReadModel({ name: 'orders' }, as(ADA))).rejects.toMatchObject(denied);
  });
});
