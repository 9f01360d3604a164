import { newId } from '../../../src/chassis/core/index.ts';
import { ADDRESS, type Shop } from './shop.ts';
import type { Witness } from './witness.ts';

/** One order that is CONFIRMED; what comes after that (notification, points) goes on by itself. */
export interface Purchase {
  /** From the call of PlaceOrder to when the order database was seen to say CONFIRMED. */
  readonly confirmedMs: number;
  /** Resolves when nothing of the order is under way any more, with the time since the call of PlaceOrder. */
  readonly settledMs: Promise<number>;
}

const TIMEOUT_MS = 60_000;

/** Places the n-th order, two products of it, and waits until it is CONFIRMED. Rejects when it is cancelled instead. */
export async function buy(shop: Shop, witness: Witness, n: number, signal: AbortSignal): Promise<Purchase> {
  const startedAtMs = performance.now();
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
    { timeoutMs: TIMEOUT_MS, signal },
  );
  if (order === undefined) throw new Error('PlaceOrder answered without an order');
  const { confirmedAtMs, settledAtMs } = witness.follow(order.id);
  return {
    confirmedMs: (await confirmedAtMs) - startedAtMs,
    settledMs: settledAtMs.then((atMs) => atMs - startedAtMs),
  };
}

function product({ productIds }: Shop, n: number) {
  return { productId: productIds[n % productIds.length] ?? '', quantity: 1 };
}
