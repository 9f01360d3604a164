import type { Clock } from '../core/index.ts';
import { readInOrder, type Database } from '../store/index.ts';
import { partitionOf } from './partition.ts';
import { eventStatements } from './statements.ts';

/** An event as the outbox keeps it. */
export interface OutboxEvent {
  /** Its place among all events: a reader goes on after the last one it has read. */
  readonly position: bigint;
  /** See partitionOf. */
  readonly partition: number;
  /** The same however often it is read. */
  readonly eventId: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly sequence: bigint;
  readonly type: string;
  /** JSON of the message that belongs to the type. */
  readonly data: string;
  readonly traceParent: string | undefined;
  readonly eventTime: Date;
}

interface EventRow {
  readonly position: bigint;
  readonly event_id: string;
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly sequence: bigint;
  readonly type: string;
  readonly data: string;
  readonly trace_parent: string | null;
  readonly event_time: Date;
}

/**
 * The next events after a position, in order, at most `limit`; empty when there is none yet. None is missed, though a position may be
 * committed before a lower one (store's readInOrder).
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
  const statement = eventStatements()['read-events'];
  const between = (after: bigint, through: bigint) =>
    database.rows<EventRow>(statement, [after, through, options.limit]);
  return (await readInOrder({ database, between }, options)).map(toEvent);
}

function toEvent(row: EventRow): OutboxEvent {
  return {
    position: row.position,
    partition: partitionOf(row.aggregate_type, row.aggregate_id),
    eventId: row.event_id,
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    sequence: row.sequence,
    type: row.type,
    data: row.data,
    traceParent: row.trace_parent ?? undefined,
    eventTime: row.event_time,
  };
}
