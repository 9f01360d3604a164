import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderState } from '../../../gen/tradewind/order/v1/order.ts';
import type { Behaviour } from '../../../src/sandbox/payment-provider/index.ts';
import { refusal } from './neighbours.ts';
import { startRealNeighbours } from './real-neighbours.ts';
import { cart, openShop } from './shop.ts';

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

async function order({ quantity = 2, stock = 5, card = 'approve' as Behaviour, price = KETTLE } = {}) {
  const productId = await neighbours.createProduct(stock, price);
  const buyer = await neighbours.createUser(card);
  const { currencyCode } = price;
  const wanted = cart({ ...buyer, currencyCode, lines: [{ productId, quantity }] });
  const { order: placed } = await shop.orders.placeOrder(wanted);
  const orderId = placed?.id ?? '';
  const events = await shop.watch(orderId);
  return {
    orderId,
    events,
    async end() {
      const { order: ended } = await shop.orders.getOrder({ orderId });
      return {
        state: ended?.state,
        reason: ended?.cancellation?.reason,
        stock: await neighbours.stockOf(productId),
        money: await neighbours.moneyOf(orderId),
        points: await neighbours.pointsOf(buyer.userId),
      };
    },
  };
}

const KETTLE = { currencyCode: 'EUR', units: 39n, nanos: 990_000_000 };
const NOTHING = { money: { held: 0, captured: 0, refunded: 0 }, points: 0n };
const CANCELLED = OrderState.ORDER_STATE_CANCELLED;
const CONFIRMED = OrderState.ORDER_STATE_CONFIRMED;

describe('an order with real stock, money and points', () => {
  it('sells what it charges', async () => {
    const one = await order();
    expect(await one.end()).toEqual({
      state: CONFIRMED,
      reason: undefined,
      stock: [3, 0, 2],
      money: { held: 0, captured: 7998, refunded: 0 },
      points: 79n,
    });
  });

  it('sells what is free without asking for money', async () => {
    const one = await order({ price: { ...KETTLE, units: 0n, nanos: 0 } });
    expect(await one.end()).toEqual({ state: CONFIRMED, reason: undefined, stock: [3, 0, 2], ...NOTHING });
    await shop.orders.cancelOrder({ orderId: one.orderId });
    await shop.watch(one.orderId, BigInt(one.events.length));
    expect(await one.end()).toMatchObject({ state: CANCELLED, stock: [5, 0, 0], ...NOTHING });
  });

  it('settles an order that is worth more points than one award can be', async () => {
    const one = await order({ price: { currencyCode: 'VND', units: 1_500_000_000n, nanos: 0 } });
    expect(await one.end()).toMatchObject({
      state: CONFIRMED,
      money: { captured: 3_000_000_000 },
      points: 1_000_000_000n,
    });
  });

  it('refuses a total that no amount can hold', async () => {
    const refused = order({ price: { ...KETTLE, units: 2n ** 62n, nanos: 0 } });
    await expect(refused).rejects.toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
  });

  it('takes nothing when there is less stock than ordered', async () => {
    const one = await order({ quantity: 9 });
    expect(await one.end()).toEqual({ state: CANCELLED, reason: 'OUT_OF_STOCK', stock: [5, 0, 0], ...NOTHING });
  });

  it('puts the stock back when the card is declined, at authorization or at capture', async () => {
    const declined = await order({ card: 'insufficient_funds' });
    expect(await declined.end()).toEqual({
      state: CANCELLED,
      reason: 'PAYMENT_DECLINED',
      stock: [5, 0, 0],
      ...NOTHING,
    });
    const refused = await order({ card: 'capture_declined' });
    expect(await refused.end()).toEqual({
      state: CANCELLED,
      reason: 'CAPTURE_REFUSED',
      stock: [5, 0, 0],
      ...NOTHING,
    });
  });

  it('lets the hold go when the carrier refuses the address', async () => {
    neighbours.others.script('arrangeShipment', () => {
      throw refusal('FAILED_PRECONDITION', 'ADDRESS_REFUSED', 'shipping.tradewind');
    });
    const one = await order();
    neighbours.others.reset();
    expect(await one.end()).toEqual({ state: CANCELLED, reason: 'ADDRESS_REFUSED', stock: [5, 0, 0], ...NOTHING });
  });

  it('charges once when the answer to the capture is lost', async () => {
    const one = await order({ card: 'capture_reply_lost' });
    expect(await one.end()).toMatchObject({ state: CONFIRMED, money: { captured: 7998, refunded: 0 } });
  });

  it('gives money and stock back when it is cancelled after it was confirmed', async () => {
    const one = await order();
    await shop.orders.cancelOrder({ orderId: one.orderId });
    await shop.watch(one.orderId, BigInt(one.events.length));
    expect(await one.end()).toEqual({
      state: CANCELLED,
      reason: 'CANCELLED_BY_OPERATOR',
      stock: [5, 0, 0],
      money: { held: 0, captured: 7998, refunded: 7998 },
      points: 0n,
    });
  });
});
