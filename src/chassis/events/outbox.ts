import { AppError, newId as systemNewId, type NewId } from '../core/index.ts';
import type { Queryable } from '../store/index.ts';
import { eventStatements } from './statements.ts';
import { traceEvent } from './trace-event.ts';

/** The migrations of the outbox, for every service that writes events. */
export const EVENTS_MIGRATIONS = new URL('./migrations/', import.meta.url);

/**
 * The data of an event has at most so many bytes, as JSON: some of them fit into one message of a feed, and one into a broker's. The table takes
 * twice as much, because PostgreSQL writes a space after each colon and comma.
 */
export const MAX_EVENT_BYTES = 1024 * 1024;

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
 *
 * @throws AppError INVALID_ARGUMENT, reason EVENT_TOO_LARGE, naming the event and the limit: nobody could carry it.
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
  const json = JSON.stringify(rows);
  if (Buffer.byteLength(json) > MAX_EVENT_BYTES) events.forEach(assertFits);
  await tx.atCommit(eventStatements()['append-events'], [json]);
}

function assertFits({ type, aggregateType, aggregateId, payload }: NewEvent): void {
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes <= MAX_EVENT_BYTES) return;
  throw new AppError({
    status: 'INVALID_ARGUMENT',
    reason: 'EVENT_TOO_LARGE',
    message: `${type} of ${aggregateType}/${aggregateId} would have ${bytes} bytes of data, and an event has at most ${MAX_EVENT_BYTES}`,
    metadata: { type, bytes: String(bytes), max_bytes: String(MAX_EVENT_BYTES) },
  });
}
