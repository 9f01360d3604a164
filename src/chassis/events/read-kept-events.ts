import type { Clock } from '../core/index.ts';
import type { Database } from '../store/index.ts';
import { assertKept, assertReached, logBounds } from './log-bounds.ts';
import { readEvents, type OutboxEvent } from './read-events.ts';

/** What to read. */
export interface ReadKeptOptions {
  /** 0: from the oldest that is kept. */
  readonly after: bigint;
  readonly limit: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What was read. */
export interface KeptEvents {
  readonly events: readonly OutboxEvent[];
  /** There is no other event up to here. */
  readonly through: bigint;
}

/**
 * As readEvents, for whoever must not miss what was pruned without being told.
 *
 * @throws AppError OUT_OF_RANGE: POSITION_EXPIRED, events after the position are no longer kept; POSITION_AHEAD, the log has not come to it.
 */
export async function readKeptEvents(database: Database, options: ReadKeptOptions): Promise<KeptEvents> {
  const { after } = options;
  const events = await readEvents(database, options);
  // Asked after the read, so that what is pruned meanwhile is noticed.
  const bounds = await logBounds(database);
  assertKept(after, bounds);
  assertReached(after, bounds);
  const { oldestPosition } = bounds;
  return { events, through: events.at(-1)?.position ?? (after < oldestPosition ? oldestPosition : after) };
}
