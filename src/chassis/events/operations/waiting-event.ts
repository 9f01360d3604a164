import type { CarriedEvent } from '../courier.ts';
import type { EventFailure } from '../consumer/index.ts';

/** What the rows of dead letters and of parked events have in common. */
export interface WaitingEventRow {
  readonly consumer: string;
  readonly source: string;
  readonly position: bigint;
  readonly partition: number;
  readonly event_id: string;
  readonly type: string;
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly sequence: bigint;
  /** Not where many are listed. */
  readonly data?: string;
  readonly trace_parent: string | null;
  readonly event_time: Date;
  readonly attempts: number;
  /** Without its stack where many are listed. */
  readonly cause: EventFailure | null;
}

/** The event of a row. */
export function eventOf(row: WaitingEventRow): CarriedEvent {
  const { source, position, partition, type, sequence, data = '' } = row;
  return {
    ...{ source, position, partition, type, sequence, data },
    id: row.event_id,
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    time: row.event_time,
    traceparent: row.trace_parent ?? undefined,
  };
}
