import { AppError } from '../../../chassis/core/index.ts';
import type { CartLine } from './cart-line.ts';
import { add, subtract, times, zero, type Money } from './money.ts';
import type { LineCancellation, Order, OrderEvent, OrderLine, OrderProgress, Reduction } from './order.ts';
import { pointsFor } from './points.ts';
import type { OrderSaga } from './saga-news.ts';

/** What taking pieces out of an order means. */
export interface LineCancellationPlan {
  /** Nothing would be left: that is a cancellation of the order. */
  readonly everything: boolean;
  /** What the pieces cost. */
  readonly amount: Money;
  /** What the order costs without them. */
  readonly dueTotal: Money;
  /** How many points too many it has then. */
  readonly points: bigint;
}

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

/**
 * What it means to take these pieces, each product once, out of the order. The points that are left are those of the new
 * total: rounding is by order, not by cancellation, so that many small ones take no more than one large one.
 *
 * @throws AppError FAILED_PRECONDITION, reason LINE_QUANTITY_EXCEEDED.
 */
export function planLineCancellation(order: Order, wanted: readonly CartLine[]): LineCancellationPlan {
  const pieces = new Map(wanted.map(({ productId, quantity }) => [productId, quantity]));
  const excess = wanted.flatMap(({ productId, quantity }) => {
    const line = order.lines.find((one) => one.productId === productId);
    const left = line === undefined ? 0 : quantityLeft(line, order);
    return left >= quantity ? [] : [{ productId, quantity, left }];
  });
  if (excess.length > 0) throw quantityExceeded(order, excess);
  const amount = order.lines.reduce(
    (sum, { productId, unitPrice }) => add(sum, times(unitPrice, pieces.get(productId) ?? 0)),
    zero(order.total.currencyCode),
  );
  const due = subtract(dueTotal(order), amount);
  const tooMany = order.pointsAwarded - pointsFor(due);
  return {
    everything: order.lines.every((line) => quantityLeft(line, order) === (pieces.get(line.productId) ?? 0)),
    amount,
    dueTotal: due,
    points: tooMany > 0n ? tooMany : 0n,
  };
}

/** A CONFIRMED order that pieces are to be taken out of. The saga that does it starts in the same transaction. */
export function beginLineCancellation(
  order: OrderProgress,
  underWay: LineCancellation,
): { readonly order: OrderProgress; readonly events: readonly OrderEvent[] } {
  if (order.state !== 'CONFIRMED' || order.activeSagas > 0) throw new Error(`order ${order.id} cannot be reduced now`);
  const { reason, message } = underWay;
  const position = order.lastPosition + 1n;
  const told = {
    position,
    kind: 'LINES_CANCELLING',
    state: order.state,
    step: '',
    attempt: 0,
    settled: false,
  } as const;
  return {
    order: {
      ...order,
      activeSagas: 1,
      lastPosition: position,
      reduction: { ...(order.reduction ?? nothing(order)), underWay },
    },
    events: [{ ...told, reason, message }],
  };
}

/** The step of a partial cancellation after which its pieces are no longer ordered. */
export const REDUCING_STEP = 'amend-shipment';

/** The step of both cancellations that gives the money back. */
export const REFUNDING_STEP = 'refund-payment';

/** What was taken out and refunded once a step of one of the order's sagas is done. */
export function reductionAfter(
  order: Pick<OrderProgress, 'total' | 'paymentId' | 'reduction'>,
  saga: OrderSaga,
  step: string,
): Reduction | undefined {
  const before = order.reduction;
  if (saga === 'cancellation' && step === REFUNDING_STEP && order.paymentId !== undefined) {
    return { ...(before ?? nothing(order)), refunded: order.total }; // what had not gone back before went now
  }
  const underWay = before?.underWay;
  if (saga !== 'partial-cancellation' || before === undefined || underWay === undefined) return before;
  if (step === REDUCING_STEP) {
    return { ...before, lines: merge(before.lines, underWay.lines), amount: add(before.amount, underWay.amount) };
  }
  if (step !== REFUNDING_STEP || order.paymentId === undefined) return before;
  return { ...before, refunded: add(before.refunded, underWay.amount) };
}

function nothing({ total }: Pick<OrderProgress, 'total'>): Reduction {
  const none = zero(total.currencyCode);
  return { lines: [], amount: none, refunded: none, underWay: undefined };
}

function merge(before: readonly CartLine[], taken: readonly CartLine[]): readonly CartLine[] {
  const pieces = new Map<string, number>();
  for (const { productId, quantity } of [...before, ...taken]) {
    pieces.set(productId, (pieces.get(productId) ?? 0) + quantity);
  }
  return [...pieces].map(([productId, quantity]) => ({ productId, quantity }));
}

function quantityExceeded({ id }: Order, excess: readonly (CartLine & { readonly left: number })[]): AppError {
  const reason = 'LINE_QUANTITY_EXCEEDED';
  const violations = excess.map(({ productId, quantity, left }) => ({
    type: reason,
    subject: `order/${id}/${productId}`,
    description: `${quantity} to take out, ${left} left`,
  }));
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason,
    message: 'less is left of the order than is to be taken out',
    metadata: { product_id: excess[0]?.productId ?? '' },
    details: [{ kind: 'preconditionFailure', violations }],
  });
}
