import { AppError, assertNever } from '../../../chassis/core/index.ts';
import { reservationRefused } from './errors.ts';
import type { Reservation } from './reservation.ts';
import type { Line } from './stock.ts';

/**
 * What is left of a reservation once some of its pieces are returned; no lines: all of it was. FAILED_PRECONDITION,
 * RESERVATION_NOT_COMMITTED, RESERVATION_RELEASED, RETURN_EXCEEDS_RESERVATION.
 */
export function returnPieces(reservation: Reservation, returned: readonly Line[]): readonly Line[] {
  assertSold(reservation);
  const excess = returned.flatMap(({ productId, quantity }) => {
    const left = reservation.lines.find((line) => line.productId === productId)?.quantity ?? 0;
    return left >= quantity ? [] : [{ productId, quantity, left }];
  });
  if (excess.length > 0) throw returnExceeds(reservation, excess);
  const pieces = new Map<string, number>(returned.map(({ productId, quantity }) => [productId, quantity]));
  return reservation.lines
    .map(({ productId, quantity }) => ({ productId, quantity: quantity - (pieces.get(productId) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}

function assertSold({ id, state }: Reservation): void {
  switch (state) {
    case 'COMMITTED':
      return;
    case 'HELD':
    case 'EXPIRED':
      throw reservationRefused('RESERVATION_NOT_COMMITTED', id, 'is not committed: none of its stock is sold');
    case 'RELEASED':
    case 'TOMBSTONED':
      throw reservationRefused('RESERVATION_RELEASED', id, 'was released');
    default:
      assertNever(state);
  }
}

function returnExceeds({ id }: Reservation, excess: readonly (Line & { readonly left: number })[]): AppError {
  const violations = excess.map(({ productId, quantity, left }) => ({
    type: 'RETURN_EXCEEDS_RESERVATION',
    subject: productId,
    description: `${quantity} to return, ${left} left`,
  }));
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'RETURN_EXCEEDS_RESERVATION',
    message: `less is left of the reservation ${id}`,
    metadata: { reservation_id: id, product_id: excess[0]?.productId ?? '' },
    details: [{ kind: 'preconditionFailure', violations }],
  });
}
