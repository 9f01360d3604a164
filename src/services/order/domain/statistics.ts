import { times, toNanos, type Money } from './money.ts';
import type { OrderState } from './order.ts';
import type { OrderEvent } from './order-event.ts';

/** What the statistics know of one order. */
export interface CountedOrder {
  /** When it was placed, by UTC: "2026-01-31". */
  readonly day: string;
  readonly state: OrderState;
  readonly currencyCode: string;
  /** What is still ordered of each product. */
  readonly lines: readonly { readonly productId: string; readonly quantity: number; readonly unitPrice: Money }[];
  /** Why it ended in CANCELLED; empty otherwise. */
  readonly reason: string;
}

/** What orders add up to in one respect: those of a day that are in a state, ended for a reason, have a product. */
export interface Tally {
  readonly kind: 'STATE' | 'REASON' | 'PRODUCT';
  /** The state, the reason, the product's id. */
  readonly key: string;
  readonly day: string;
  readonly currencyCode: string;
  readonly orders: number;
  readonly pieces: number;
  /** Billionths of the currency's unit. */
  readonly nanos: bigint;
}

/** An order as it is counted after an event; undefined before the first. Pure. */
export function countOrder(before: CountedOrder | undefined, event: OrderEvent, time: Date): CountedOrder | undefined {
  if (event.kind === 'STATE_CHANGED' && event.state === 'PENDING') {
    const { lines, total } = event.placed;
    return {
      day: time.toISOString().slice(0, 'YYYY-MM-DD'.length),
      state: 'PENDING',
      currencyCode: total.currencyCode,
      lines: lines.map(({ productId, quantity, unitPrice }) => ({ productId, quantity, unitPrice })),
      reason: '',
    };
  }
  if (before === undefined) return undefined;
  const { state } = event;
  if (event.kind === 'LINES_CANCELLED') {
    const taken = new Map(event.lines.map(({ productId, quantity }) => [productId, quantity]));
    const lines = before.lines.map((line) => ({ ...line, quantity: line.quantity - (taken.get(line.productId) ?? 0) }));
    return { ...before, state, lines };
  }
  return { ...before, state, reason: state === 'CANCELLED' ? event.reason || before.reason : '' };
}

/** What one order adds to the statistics. */
export function talliesOf({ day, state, currencyCode, lines, reason }: CountedOrder): readonly Tally[] {
  const worth = lines.map(({ quantity, unitPrice }) => toNanos(times(unitPrice, quantity)));
  const due = state === 'CANCELLED' ? 0n : worth.reduce((sum, nanos) => sum + nanos, 0n);
  const one = { day, currencyCode, orders: 1 };
  const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const products = lines.flatMap(({ productId, quantity }, index): readonly Tally[] =>
    quantity === 0 ? [] : [{ ...one, kind: 'PRODUCT', key: productId, pieces: quantity, nanos: worth[index] ?? 0n }],
  );
  return [
    { ...one, kind: 'STATE', key: state, pieces, nanos: due },
    ...(state === 'CANCELLED' ? [{ ...one, kind: 'REASON', key: reason, pieces: 0, nanos: 0n } as const] : []),
    ...(state === 'CONFIRMED' ? products : []),
  ];
}

/** What is to be added so that orders that were counted as `before` are counted as `after`; what cancels out is left out. */
export function tallyDifference(before: readonly Tally[], after: readonly Tally[]): readonly Tally[] {
  const sums = new Map<string, Tally>();
  const add = (tally: Tally, sign: 1 | -1) => {
    const name = [tally.kind, tally.day, tally.key, tally.currencyCode].join(' ');
    const sum = sums.get(name) ?? { ...tally, orders: 0, pieces: 0, nanos: 0n };
    sums.set(name, {
      ...sum,
      orders: sum.orders + sign * tally.orders,
      pieces: sum.pieces + sign * tally.pieces,
      nanos: sum.nanos + BigInt(sign) * tally.nanos,
    });
  };
  for (const tally of before) add(tally, -1);
  for (const tally of after) add(tally, 1);
  return [...sums.values()].filter(({ orders, pieces, nanos }) => orders !== 0 || pieces !== 0 || nanos !== 0n);
}
