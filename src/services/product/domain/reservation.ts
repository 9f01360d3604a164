import { AppError, assertNever, invalidArgument } from '../../../chassis/core/index.ts';
import { outOfStock, productNotFound, reservationRefused, type Shortage } from './errors.ts';
import type { ReservationId } from './ids.ts';
import type { Line, MoveKind, Shelf } from './stock.ts';

/** Where a reservation stands; TOMBSTONED was released before it was made. */
export type ReservationState = 'HELD' | 'COMMITTED' | 'RELEASED' | 'EXPIRED' | 'TOMBSTONED';

/** Stock held together for one purpose. */
export interface Reservation {
  readonly id: ReservationId;
  readonly state: ReservationState;
  readonly lines: readonly Line[];
  readonly expireTime: Date;
  readonly releaseReason: string;
  /** Rises by one with each change, from 1. */
  readonly version: bigint;
  readonly createTime: Date;
  readonly updateTime: Date;
}

/** A reservation whose row is locked; whether its end has passed is the database's word. */
export interface LockedReservation extends Reservation {
  readonly pastEnd: boolean;
}

/** How long stock is held unless the caller says otherwise. */
export const DEFAULT_TTL_SECONDS = 900;

/** What a command does to a reservation's stock, in order, and where the reservation then stands. */
export interface Transition {
  readonly moves: readonly MoveKind[];
  readonly state: ReservationState;
}

/** Refuses lines that name a product twice: INVALID_ARGUMENT, DUPLICATE_PRODUCT. */
export function assertDistinct(lines: readonly Line[]): void {
  const first = new Map<string, number>();
  const violations = lines.flatMap(({ productId }, index) => {
    const before = first.get(productId);
    first.set(productId, before ?? index);
    return before === undefined
      ? []
      : [{ field: `lines[${index}].product_id`, description: `is the product of lines[${before}] too` }];
  });
  if (violations.length > 0) throw invalidArgument(violations, 'DUPLICATE_PRODUCT');
}

/** Refuses a reservation that the shelves cannot give: PRODUCT_NOT_FOUND, PRODUCT_DISCONTINUED, OUT_OF_STOCK. */
export function assertReservable(lines: readonly Line[], shelves: readonly Shelf[]): void {
  const byId = new Map<string, Shelf>(shelves.map((shelf) => [shelf.productId, shelf]));
  const missing = lines.find(({ productId }) => byId.get(productId)?.deleted !== false);
  if (missing !== undefined) throw productNotFound(missing.productId);
  const discontinued = lines.filter(({ productId }) => byId.get(productId)?.state !== 'ACTIVE');
  if (discontinued.length > 0) throw productDiscontinued(discontinued);
  const short = shortages(lines, shelves);
  if (short.length > 0) throw outOfStock(short);
}

/** The lines that the shelves cannot give. */
export function shortages(lines: readonly Line[], shelves: readonly Shelf[]): readonly Shortage[] {
  const available = new Map<string, number>(shelves.map((shelf) => [shelf.productId, shelf.available]));
  return lines.flatMap(({ productId, quantity }) => {
    const there = available.get(productId) ?? 0;
    return there >= quantity ? [] : [{ productId, wanted: quantity, available: there }];
  });
}

/**
 * What committing does. A reservation past its end counts as expired even when nobody has swept it yet: its stock goes back and is taken
 * anew, which succeeds because it is held until then. FAILED_PRECONDITION, RESERVATION_RELEASED.
 */
export function commit(reservation: LockedReservation): Transition {
  switch (reservation.state) {
    case 'HELD':
      return { moves: reservation.pastEnd ? ['EXPIRED', 'COMMITTED_LATE'] : ['COMMITTED'], state: 'COMMITTED' };
    case 'EXPIRED':
      return { moves: ['COMMITTED_LATE'], state: 'COMMITTED' };
    case 'COMMITTED':
      return { moves: [], state: 'COMMITTED' };
    case 'RELEASED':
    case 'TOMBSTONED':
      throw reservationRefused('RESERVATION_RELEASED', reservation.id, 'was released');
    default:
      return assertNever(reservation.state);
  }
}

/** What releasing does. FAILED_PRECONDITION, RESERVATION_COMMITTED, unless what was sold is to be returned. */
export function release(reservation: LockedReservation, returnCommitted: boolean): Transition {
  switch (reservation.state) {
    case 'HELD':
      return { moves: ['RELEASED'], state: 'RELEASED' };
    case 'COMMITTED':
      if (returnCommitted) return { moves: ['RETURNED'], state: 'RELEASED' };
      throw reservationRefused('RESERVATION_COMMITTED', reservation.id, 'is committed: its stock is sold');
    case 'EXPIRED':
    case 'RELEASED':
    case 'TOMBSTONED':
      return { moves: [], state: reservation.state };
    default:
      return assertNever(reservation.state);
  }
}

/** Why an id cannot be reserved under: it was used before, or released before it was made. */
export function idTaken(existing: Reservation): AppError {
  if (existing.state === 'TOMBSTONED') {
    return reservationRefused('RESERVATION_TOMBSTONED', existing.id, 'was released before it was made');
  }
  return new AppError({
    status: 'ALREADY_EXISTS',
    reason: 'RESERVATION_ID_TAKEN',
    message: `another command made a reservation with the id ${existing.id}`,
    metadata: { reservation_id: existing.id },
    details: [{ kind: 'resourceInfo', resourceType: 'tradewind.product.v1.Reservation', resourceName: existing.id }],
  });
}

function productDiscontinued(lines: readonly Line[]): AppError {
  const violations = lines.map(({ productId }) => ({
    type: 'PRODUCT_DISCONTINUED',
    subject: productId,
    description: 'is no longer sold',
  }));
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'PRODUCT_DISCONTINUED',
    message: `no longer sold: ${lines.map(({ productId }) => productId).join(', ')}`,
    metadata: { product_id: lines[0]?.productId ?? '' },
    details: [{ kind: 'preconditionFailure', violations }],
  });
}
