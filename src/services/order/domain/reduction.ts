import type { CartLine } from './cart-line.ts';
import { add, subtract, zero, type Money } from './money.ts';
import type { Order, OrderLine, Reduction } from './order.ts';

/** How many pieces of a line are still ordered. */
export function quantityLeft({ productId, quantity }: OrderLine, { reduction }: Pick<Order, 'reduction'>): number {
  return quantity - (reduction?.lines.find((line) => line.productId === productId)?.quantity ?? 0);
}

/** What the order costs with the pieces that are still ordered; nothing once it is CANCELLED. */
export function dueTotal({ state, total, reduction }: Pick<Order, 'state' | 'total' | 'reduction'>): Money {
  if (state === 'CANCELLED') return zero(total.currencyCode);
  return reduction === undefined ? total : subtract(total, reduction.amount);
}

/** What went back to the customer. */
export function refundedTotal({ total, reduction }: Pick<Order, 'total' | 'reduction'>): Money {
  return reduction?.refunded ?? zero(total.currencyCode);
}

/** Of an order as it was placed. */
export function nothingTaken(total: Money): Reduction {
  const none = zero(total.currencyCode);
  return { lines: [], amount: none, refunded: none, underWay: undefined };
}

/** With some more pieces out. */
export function takeOut(
  before: Reduction,
  { lines, amount }: { readonly lines: readonly CartLine[]; readonly amount: Money },
): Reduction {
  return { ...before, lines: merge(before.lines, lines), amount: add(before.amount, amount) };
}

function merge(before: readonly CartLine[], taken: readonly CartLine[]): readonly CartLine[] {
  const pieces = new Map<string, number>();
  for (const { productId, quantity } of [...before, ...taken]) {
    pieces.set(productId, (pieces.get(productId) ?? 0) + quantity);
  }
  return [...pieces].map(([productId, quantity]) => ({ productId, quantity }));
}
