import type { Clock } from '../core/index.ts';
import { readInOrder, type Database, type Queryable } from '../store/index.ts';
import type { LoggedEvent } from './read-model.ts';
import { eventStoreStatements } from './statements.ts';

/** A stretch of the log. */
export interface LogStretch {
  /** How far it goes; undefined: there is nothing yet. */
  readonly end: bigint | undefined;
  /** Those of the types asked for. */
  readonly events: readonly LoggedEvent[];
}

/** The next events of all streams after a position, at most `limit` of whatever type; none is missed (store's readInOrder). */
export async function readEventLog(
  database: Database,
  options: {
    readonly after: bigint;
    readonly limit: number;
    readonly types: readonly string[] | undefined;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<LogStretch> {
  const statement = eventStoreStatements()['read-event-log'];
  const between = (after: bigint, through: bigint) =>
    database.rows<LogRow>(statement, [after, through, options.limit, options.types ?? null]);
  const rows = await readInOrder({ database, between }, options);
  return { end: rows.at(-1)?.position, events: toEvents(rows) };
}

/** The events of a stretch of the log that is known to be complete. */
export async function readCompleteLog(
  queryable: Queryable,
  {
    after,
    through,
    types,
  }: { readonly after: bigint; readonly through: bigint; readonly types: readonly string[] | undefined },
): Promise<readonly LoggedEvent[]> {
  const limit = through - after;
  const rows = await queryable.rows<LogRow>(eventStoreStatements()['read-event-log'], [
    after,
    through,
    limit,
    types ?? null,
  ]);
  return toEvents(rows);
}

interface LogRow {
  readonly position: bigint;
  readonly stream_id: string;
  readonly version: bigint;
  readonly type: string;
  readonly event_time: Date;
  /** Null: of a type that was not asked for. */
  readonly data: unknown;
}

function toEvents(rows: readonly LogRow[]): readonly LoggedEvent[] {
  return rows
    .filter(({ data }) => data !== null)
    .map(({ stream_id: streamId, event_time: time, ...row }) => ({ ...row, streamId, time }));
}
