import { AppError } from '../../chassis/core/index.ts';
import { appendEvents, type NewEvent } from '../../chassis/events/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import {
  assertReservable,
  commit,
  idTaken,
  outOfStock,
  release,
  reservationNotFound,
  shortages,
  type Line,
  type LockedReservation,
  type ProductId,
  type Reservation,
  type ReservationId,
  type Transition,
} from './domain.ts';
import { reservationEvent } from './events.ts';
import {
  getReservation,
  insertReservation,
  insertTombstone,
  lockDueReservations,
  lockReservation,
  setReservationState,
} from './reservation-repository.ts';
import { crossings } from './stock-levels.ts';
import { lockStock, moveStock, type MovedStock } from './stock-repository.ts';

/** What is to be held. */
export interface Hold {
  readonly id: ReservationId;
  /** Each product once. */
  readonly lines: readonly Line[];
  readonly ttlSeconds: number;
}

/** A reservation after a command, and what the command changed: nothing, or it, and what that made of stock. */
export interface ReservationChange {
  readonly reservation: Reservation;
  readonly events: readonly NewEvent[];
}

/**
 * Holds every line, or throws and holds none. In the caller's transaction, as are commit and release. Everybody locks in one order:
 * the command's record, a reservation that is there, stock by product id, and last the id of a new reservation; so nobody deadlocks.
 */
export async function hold(tx: Queryable, { id, lines, ttlSeconds }: Hold): Promise<ReservationChange> {
  const before = await getReservation(tx, id);
  if (before !== undefined) throw idTaken(before);
  const shelves = await lockStock(tx, productsOf(lines));
  assertReservable(lines, shelves);
  const reservation = await insertReservation(tx, { id, lines, ttlSeconds });
  if (reservation === undefined) throw idTaken(await required(tx, id));
  const moved = await moveStock(tx, { kind: 'RESERVED', lines, reservationId: id });
  return { reservation, events: [reservationEvent('held', reservation), ...(await crossings(tx, shelves, moved))] };
}

/** Turns held stock into sold stock. RESERVATION_NOT_FOUND, RESERVATION_RELEASED, RESERVATION_EXPIRED. */
export async function commitReservation(tx: Queryable, id: ReservationId): Promise<ReservationChange> {
  const reservation = await lockReservation(tx, id);
  if (reservation === undefined) throw reservationNotFound(id);
  return carryOut(tx, reservation, commit(reservation));
}

/** What a caller undoes. */
export interface Release {
  readonly id: ReservationId;
  readonly reason: string;
  /** Also undoes a commit. */
  readonly returnCommitted: boolean;
}

/** Gives stock back; an id that was never used is remembered. RESERVATION_COMMITTED. */
export async function releaseReservation(tx: Queryable, command: Release): Promise<ReservationChange> {
  const { id, reason, returnCommitted } = command;
  const found = await lockReservation(tx, id);
  if (found === undefined) {
    const tombstone = await insertTombstone(tx, id, reason);
    if (tombstone !== undefined) return { reservation: tombstone, events: [] };
  }
  // A reservation that was not there a moment ago is by now: its maker has committed.
  const reservation = found ?? (await required(tx, id));
  return carryOut(tx, reservation, release(reservation, returnCommitted), reason);
}

/** Which reservations past their end are to be ended. */
export interface DueReservations {
  /** Only those that hold one of these products; undefined: all. */
  readonly of?: readonly ProductId[];
  readonly limit: number;
}

/** Gives the stock of reservations past their end back, in one transaction; returns how many there were. */
export function expireDue(database: Database, { of, limit }: DueReservations): Promise<number> {
  return database.transaction(async (tx) => {
    const due = await lockDueReservations(tx, { of, limit });
    if (due.length === 0) return 0;
    const shelves = await lockStock(tx, [...new Set(due.flatMap(({ lines }) => productsOf(lines)))]);
    const moved: MovedStock[] = [];
    const events: NewEvent[] = [];
    for (const { id, lines } of due) {
      moved.push(...(await moveStock(tx, { kind: 'EXPIRED', lines, reservationId: id })));
      events.push(reservationEvent('expired', await setReservationState(tx, id, 'EXPIRED')));
    }
    await appendEvents(tx, [...events, ...(await crossings(tx, shelves, moved))]);
    return due.length;
  });
}

/** The products that an error says are short. */
export function shortProducts(error: unknown): readonly ProductId[] {
  if (!(error instanceof AppError) || error.reason !== 'OUT_OF_STOCK') return [];
  return error.details.flatMap((detail) =>
    // The violations' subjects are ids that lockStock found.
    detail.kind === 'preconditionFailure' ? detail.violations.map(({ subject }) => subject as ProductId) : [],
  );
}

async function carryOut(
  tx: Queryable,
  reservation: LockedReservation,
  { moves, state }: Transition,
  reason?: string,
): Promise<ReservationChange> {
  if (moves.length === 0) return { reservation, events: [] };
  const shelves = await lockStock(tx, productsOf(reservation.lines));
  if (moves[0] === 'COMMITTED_LATE') {
    const short = shortages(reservation.lines, shelves);
    if (short.length > 0) throw outOfStock(short, 'RESERVATION_EXPIRED');
  }
  const moved: MovedStock[] = [];
  for (const kind of moves) {
    const move = { kind, lines: reservation.lines, reservationId: reservation.id, note: reason ?? '' };
    moved.push(...(await moveStock(tx, move)));
  }
  const changed = await setReservationState(tx, reservation.id, state, reason);
  return {
    reservation: changed,
    events: [
      reservationEvent(state === 'COMMITTED' ? 'committed' : 'released', changed),
      ...(await crossings(tx, shelves, moved)),
    ],
  };
}

async function required(tx: Queryable, id: ReservationId): Promise<LockedReservation> {
  const reservation = await lockReservation(tx, id);
  if (reservation === undefined) throw new Error(`the reservation ${id} is there and cannot be read`);
  return reservation;
}

function productsOf(lines: readonly Line[]): readonly ProductId[] {
  return lines.map((line) => line.productId);
}
