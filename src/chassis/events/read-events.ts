import type { Clock } from '../core/index.ts';
import type { Database, Statement } from '../store/index.ts';
import { eventStatements } from './statements.ts';

/** An event as the outbox keeps it. */
export interface OutboxEvent {
  /** Its place among all events: a reader goes on after the last one it has read. */
  readonly position: bigint;
  /** The same however often it is read. */
  readonly eventId: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly sequence: bigint;
  readonly type: string;
  readonly payload: unknown;
  readonly traceParent: string | undefined;
  readonly eventTime: Date;
}

/** Between two looks at whether a gap is closed; transactions here take a few milliseconds. */
const SETTLE_MS = 5;

const LAST_POSITION = 2n ** 63n - 1n;

interface EventRow {
  readonly position: bigint;
  readonly event_id: string;
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly sequence: bigint;
  readonly type: string;
  readonly payload: unknown;
  readonly trace_parent: string | null;
  readonly event_time: Date;
}

/**
 * The next events after a position, in order, at most `limit`; empty when there is none yet. A position may be committed before a lower one:
 * the events before the first gap are given at once, and at a gap it waits until no transaction that runs can fill it. So a reader that goes
 * on after the last event it was given misses none.
 */
export async function readEvents(
  database: Database,
  options: {
    readonly after: bigint;
    readonly limit: number;
    readonly clock: Clock;
    readonly signal?: AbortSignal;
  },
): Promise<readonly OutboxEvent[]> {
  const { after, limit, clock, signal } = options;
  const statements = eventStatements();
  const idOf = async (statement: Statement) => (await database.one<{ readonly id: bigint }>(statement))?.id ?? 0n;
  const between = async (through: bigint) =>
    (await database.rows<EventRow>(statements['read-events'], [after, through, limit])).map(toEvent);

  const seen = await between(LAST_POSITION);
  const last = seen.at(-1);
  if (last === undefined) return [];
  const certain = seen.filter(({ position }, index) => position === after + BigInt(index) + 1n);
  if (certain.length > 0) return certain;
  // Who has taken a position below one that is seen had locked its aggregate before, and so had an id below this one.
  const bound = await idOf(statements['draw-transaction-id']);
  while ((await idOf(statements['oldest-transaction-id'])) < bound) await clock.sleep(SETTLE_MS, signal);
  return between(last.position);
}

function toEvent(row: EventRow): OutboxEvent {
  return {
    position: row.position,
    eventId: row.event_id,
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    sequence: row.sequence,
    type: row.type,
    payload: row.payload,
    traceParent: row.trace_parent ?? undefined,
    eventTime: row.event_time,
  };
}
