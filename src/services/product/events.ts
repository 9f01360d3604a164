import type { NewEvent } from '../../chassis/events/index.ts';
import type { AdjustmentReason, Line, Reservation } from './domain.ts';
import type { MovedStock } from './stock-repository.ts';

/** What can happen to a reservation. */
export type ReservationEventKind = 'held' | 'committed' | 'released' | 'expired' | 'returned';

/** A change of a reservation, as the outbox keeps it; `lines`: what was moved, by default all of it. */
export function reservationEvent(
  kind: ReservationEventKind,
  reservation: Reservation,
  lines: readonly Line[] = reservation.lines,
): NewEvent {
  return {
    aggregateType: 'reservation',
    aggregateId: reservation.id,
    sequence: reservation.version,
    type: `reservation.${kind}`,
    payload: {
      reservation_id: reservation.id,
      lines: lines.map(({ productId, quantity }) => ({ product_id: productId, quantity })),
    },
  };
}

/** An adjustment of a product's stock, as the outbox keeps it. */
export function stockAdjusted(
  stock: MovedStock,
  adjustment: { readonly delta: number; readonly reason: AdjustmentReason; readonly note: string },
): NewEvent {
  return {
    aggregateType: 'stock',
    aggregateId: stock.productId,
    sequence: stock.adjustments,
    type: 'stock.adjusted',
    payload: { product_id: stock.productId, ...adjustment, available_quantity: stock.available },
  };
}
