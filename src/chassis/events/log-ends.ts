import type { Queryable } from '../store/index.ts';
import { eventStatements } from './statements.ts';

/** Where a publisher's log begins and ends. */
export interface LogEnds {
  /** What follows it can still be read; 0: nothing has been dropped yet. */
  readonly oldestPosition: bigint;
  /** The last event; where there is none, the oldest position. */
  readonly newestPosition: bigint;
}

/** Reads both ends. */
export async function logEnds(queryable: Queryable): Promise<LogEnds> {
  const row = await queryable.one<{ oldest: bigint | null; newest: bigint | null }>(eventStatements()['log-ends']);
  const oldestPosition = row?.oldest ?? 0n;
  return { oldestPosition, newestPosition: row?.newest ?? oldestPosition };
}
