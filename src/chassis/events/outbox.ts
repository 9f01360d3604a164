import { newId as systemNewId, type NewId } from '../core/index.ts';
import type { Queryable } from '../store/index.ts';
import { eventStatements } from './statements.ts';
import { traceEvent } from './trace-event.ts';

/** The migrations of the outbox, for every service that writes events. */
export const EVENTS_MIGRATIONS = new URL('./migrations/', import.meta.url);

/** Something that happened to one aggregate, as consumers will read it. */
export interface NewEvent {
  /** "reservation". */
  readonly aggregateType: string;
  readonly aggregateId: string;
  /** The aggregate's version after the change: rises by one with each of its events. Read under the aggregate's lock. */
  readonly sequence: bigint;
  /** "reservation.held". */
  readonly type: string;
  /** Plain JSON: what a consumer needs to know without asking. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** The trace context of its cause, where that is not the call being served: of a saga's event, the saga's. */
  readonly cause?: string | undefined;
}

/**
 * Writes the events of a change, in the transaction of the change: both are committed or neither is. The aggregates are locked by the
 * change, so that positions follow each aggregate's own order. An event is written once: a sequence that is taken is an error.
 */
export async function appendEvents(
  tx: Queryable,
  events: readonly NewEvent[],
  { newId = systemNewId }: { readonly newId?: NewId } = {},
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => {
    const id = newId();
    const trace = traceEvent(id, event.cause);
    trace.created(event);
    return {
      event_id: id,
      aggregate_type: event.aggregateType,
      aggregate_id: event.aggregateId,
      sequence: String(event.sequence),
      type: event.type,
      payload: event.payload,
      trace_parent: trace.traceparent,
    };
  });
  await tx.atCommit(eventStatements()['append-events'], [JSON.stringify(rows)]);
}
