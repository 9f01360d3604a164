import { OrderState, type OrderEvent } from '../../../gen/tradewind/order/v1/order.ts';
import { newId } from '../../../src/chassis/core/index.ts';
import { ADDRESS, type Shop } from './shop.ts';

/** One order that is CONFIRMED; what comes after that (notification, points) goes on by itself. */
export interface Purchase {
  /** From the call of PlaceOrder to the event that says CONFIRMED, as the customer sees it. */
  readonly confirmedMs: number;
  /** Resolves when nothing of the order is under way any more, with the time since the call of PlaceOrder. */
  readonly settledMs: Promise<number>;
}

const TIMEOUT_MS = 60_000;

/**
 * Places the n-th order, two products of it, and follows it until it is CONFIRMED. Rejects when it is cancelled instead,
 * or does not get there within a minute.
 */
export async function buy(shop: Shop, n: number, signal: AbortSignal): Promise<Purchase> {
  const startedAtMs = performance.now();
  const options = { timeoutMs: TIMEOUT_MS, signal };
  const customer = shop.customers[n % shop.customers.length];
  const { order } = await shop.orders.placeOrder(
    {
      requestId: newId(),
      userId: customer?.userId ?? '',
      lines: [product(shop, 2 * n), product(shop, 2 * n + 1)],
      shippingAddress: ADDRESS,
      paymentMethodId: customer?.paymentMethodId ?? '',
      currencyCode: 'EUR',
      expectedTotal: undefined,
    },
    options,
  );
  if (order === undefined) throw new Error('PlaceOrder answered without an order');
  const { promise: confirmed, resolve, reject } = Promise.withResolvers<number>();
  const follow = async () => {
    for await (const { event } of shop.orders.watchOrder({ orderId: order.id, afterPosition: 0n }, options)) {
      if (event?.state === OrderState.ORDER_STATE_CANCELLED) throw new Error(cancelled(order.id, event));
      if (event?.state === OrderState.ORDER_STATE_CONFIRMED) resolve(performance.now() - startedAtMs);
      if (event?.settled === true) return performance.now() - startedAtMs;
    }
    throw new Error(`the stream of order ${order.id} ended before the order was settled`);
  };
  const settledMs = follow();
  settledMs.catch(reject); // harmless once it is confirmed: whoever awaits `settledMs` hears of it
  return { confirmedMs: await confirmed, settledMs };
}

function product({ productIds }: Shop, n: number) {
  return { productId: productIds[n % productIds.length] ?? '', quantity: 1 };
}

function cancelled(orderId: string, { reason, message }: OrderEvent): string {
  return `order ${orderId} was cancelled: ${reason} ${message}`;
}
