import type { Clock } from '../core/index.ts';
import type { Database } from '../store/index.ts';
import { positionExpired } from './position-expired.ts';
import { readEvents, type OutboxEvent } from './read-events.ts';
import { eventStatements } from './statements.ts';

/** What to read. */
export interface ReadKeptOptions {
  /** 0: from the oldest that is kept. */
  readonly after: bigint;
  readonly limit: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * As readEvents, for whoever must not miss what was pruned without being told.
 *
 * @throws AppError OUT_OF_RANGE, POSITION_EXPIRED: events after the position are no longer kept.
 */
export async function readKeptEvents(database: Database, options: ReadKeptOptions): Promise<readonly OutboxEvent[]> {
  const { after } = options;
  const events = await readEvents(database, options);
  // Asked after the read, so that what is pruned meanwhile is noticed.
  const floor = await database.one<{ readonly position: bigint }>(eventStatements()['outbox-floor']);
  if (after !== 0n && floor !== undefined && after < floor.position) throw positionExpired(after, floor.position);
  return events;
}
