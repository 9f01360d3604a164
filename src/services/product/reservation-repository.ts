import type { Queryable } from '../../chassis/store/index.ts';
import type { Line, LockedReservation, ProductId, Reservation, ReservationId, ReservationState } from './domain.ts';
import { statements } from './statements.ts';

interface ReservationRow {
  readonly id: string;
  readonly state: ReservationState;
  readonly product_ids: readonly string[];
  readonly quantities: readonly number[];
  readonly expire_time: Date;
  readonly release_reason: string;
  readonly version: bigint;
  readonly create_time: Date;
  readonly update_time: Date;
}

interface LockedRow extends ReservationRow {
  readonly past_end: boolean;
}

/** The reservation, or undefined. */
export async function getReservation(queryable: Queryable, id: ReservationId): Promise<Reservation | undefined> {
  const row = await queryable.one<ReservationRow>(statements['get-reservation'], [id]);
  return row && toReservation(row);
}

/** Writes a new reservation down as HELD; undefined when its id was used before. Waits for who uses the id now. */
export async function insertReservation(
  tx: Queryable,
  reservation: { readonly id: ReservationId; readonly lines: readonly Line[]; readonly ttlSeconds: number },
): Promise<Reservation | undefined> {
  const row = await tx.one<ReservationRow>(statements['insert-reservation'], [
    reservation.id,
    reservation.lines.map((line) => line.productId),
    reservation.lines.map((line) => line.quantity),
    reservation.ttlSeconds,
  ]);
  return row && toReservation(row);
}

/** Remembers an id as released before it was made; undefined when it was used before. Waits for who uses the id now. */
export async function insertTombstone(
  tx: Queryable,
  id: ReservationId,
  reason: string,
): Promise<Reservation | undefined> {
  const row = await tx.one<ReservationRow>(statements['insert-tombstone'], [id, reason]);
  return row && toReservation(row);
}

/** Locks the reservation for the transaction. Always before its stock. */
export async function lockReservation(tx: Queryable, id: ReservationId): Promise<LockedReservation | undefined> {
  const row = await tx.one<LockedRow>(statements['lock-reservation'], [id]);
  return row && toLocked(row);
}

/** Locks held reservations past their end, the longest due first, but for those that somebody else has locked. */
export async function lockDueReservations(
  tx: Queryable,
  due: { readonly of: readonly ProductId[] | undefined; readonly limit: number },
): Promise<readonly LockedReservation[]> {
  const rows = await tx.rows<LockedRow>(statements['lock-due-reservations'], [due.of ?? null, due.limit]);
  return rows.map(toLocked);
}

/** Writes the state of a locked reservation; a reason left out stays as it is. */
export async function setReservationState(
  tx: Queryable,
  id: ReservationId,
  state: ReservationState,
  reason?: string,
): Promise<Reservation> {
  const row = await tx.one<ReservationRow>(statements['set-reservation-state'], [id, state, reason ?? null]);
  if (row === undefined) throw new Error(`the reservation ${id} was not locked`);
  return toReservation(row);
}

/** Writes what is left of a locked reservation. */
export async function setReservationLines(
  tx: Queryable,
  id: ReservationId,
  lines: readonly Line[],
): Promise<Reservation> {
  const row = await tx.one<ReservationRow>(statements['set-reservation-lines'], [
    id,
    lines.map((line) => line.productId),
    lines.map((line) => line.quantity),
  ]);
  if (row === undefined) throw new Error(`the reservation ${id} was not locked`);
  return toReservation(row);
}

function toReservation(row: ReservationRow): Reservation {
  return {
    id: row.id as ReservationId, // from the primary key
    state: row.state,
    // The table holds as many quantities as ids, and only ids that lockStock found.
    lines: row.product_ids.map((id, index) => ({ productId: id as ProductId, quantity: row.quantities[index] ?? 0 })),
    expireTime: row.expire_time,
    releaseReason: row.release_reason,
    version: row.version,
    createTime: row.create_time,
    updateTime: row.update_time,
  };
}

function toLocked(row: LockedRow): LockedReservation {
  return { ...toReservation(row), pastEnd: row.past_end };
}
