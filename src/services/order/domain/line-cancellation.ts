import { AppError } from '../../../chassis/core/index.ts';
import type { CartLine } from './cart-line.ts';
import { add, subtract, times, zero, type Money } from './money.ts';
import { decide, type Decision } from './decide.ts';
import type { LineCancellation, Order } from './order.ts';

import { pointsFor } from './points.ts';
import { dueTotal, quantityLeft, refundedTotal } from './reduction.ts';
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
export function beginLineCancellation(order: Order, underWay: LineCancellation, sagaId: string): Decision {
  if (order.state !== 'CONFIRMED' || order.activeSagas > 0) throw new Error(`order ${order.id} cannot be reduced now`);
  const { reason, message } = underWay;
  const { state } = order;
  return decide(order, [{ kind: 'LINES_CANCELLING', state, lineCancellation: underWay, sagaId, reason, message }]);
}

/** The step of a partial cancellation after which its pieces are no longer ordered. */
export const REDUCING_STEP = 'amend-shipment';

/** The step of both cancellations that gives the money back. */
export const REFUNDING_STEP = 'refund-payment';

/** All that went back to the customer once a step of one of the order's sagas is done; undefined: no more than before. */
export function refundedAfter(
  order: Pick<Order, 'total' | 'paymentId' | 'reduction'>,
  saga: OrderSaga,
  step: string,
): Money | undefined {
  if (step !== REFUNDING_STEP || order.paymentId === undefined) return undefined;
  if (saga === 'cancellation') return order.total; // what had not gone back before went now
  const underWay = order.reduction?.underWay;
  return saga === 'partial-cancellation' && underWay ? add(refundedTotal(order), underWay.amount) : undefined;
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
