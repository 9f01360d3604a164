import type { Queryable } from '../store/index.ts';
import { positionAhead } from './position-ahead.ts';
import { positionExpired } from './position-expired.ts';
import { eventStatements } from './statements.ts';

/** Between which positions a reader of a log can stand. */
export interface LogBounds {
  /** What follows it can still be read; 0: nothing has been dropped yet. */
  readonly oldestPosition: bigint;
  /** No event that is written from now on has this position or a lower one. */
  readonly lastPosition: bigint;
}

/** Reads both. */
export async function logBounds(queryable: Queryable): Promise<LogBounds> {
  const row = await queryable.one<{ oldest: bigint | null; last: bigint }>(eventStatements()['log-bounds']);
  return { oldestPosition: row?.oldest ?? 0n, lastPosition: row?.last ?? 0n };
}

/** Throws OUT_OF_RANGE (POSITION_EXPIRED) where events after a position were dropped; 0 means the oldest that are kept. */
export function assertKept(position: bigint, { oldestPosition }: LogBounds): void {
  if (position !== 0n && position < oldestPosition) throw positionExpired(position, oldestPosition);
}

/** Throws OUT_OF_RANGE (POSITION_AHEAD) where the log has not come to a position. */
export function assertReached(position: bigint, { lastPosition }: LogBounds): void {
  if (position > lastPosition) throw positionAhead(position, lastPosition);
}
