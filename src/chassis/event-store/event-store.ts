import { AppError } from '../core/index.ts';
import type { Queryable } from '../store/index.ts';
import type { Aggregate, RecordedEvent, Stream, StreamChange } from './aggregate.ts';
import { fold, foldStored, type StoredStream } from './fold.ts';
import { eventStoreStatements } from './statements.ts';

/** The migrations of the event store, for every service that keeps aggregates as events. */
export const EVENT_STORE_MIGRATIONS = new URL('./migrations/', import.meta.url);

/** The reason of an append that came too late: somebody else has appended to the stream since it was read. */
export const STREAM_CONFLICT = 'STREAM_CONFLICT';

/** The streams of one aggregate, in PostgreSQL. */
export interface EventStore<State, Event> {
  /** Streams by id, from their latest snapshots on; those that are not there are left out. */
  load(queryable: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Stream<State>>>;
  /**
   * As load, with the streams locked in the order of their ids for the transaction: whoever else would append to them waits. Optional, since
   * an append is refused where somebody was faster; worth it where many streams go in one transaction, which one conflict would undo.
   */
  lock(tx: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Stream<State>>>;
  /**
   * Appends to many streams in one statement, each at the version that it was read at, and gives them as they are then. In a transaction,
   * which is to be given up when it throws: what was appended to the other streams is not taken back otherwise.
   *
   * @throws AppError ABORTED, reason STREAM_CONFLICT: a stream is not at that version any more, or, being new, is there already. Read it again.
   */
  append(tx: Queryable, changes: readonly StreamChange<State, Event>[]): Promise<ReadonlyMap<string, Stream<State>>>;
  /** A change as the SQL function append_to_streams takes it (an array of them), for statements of a service's own. */
  draft(change: StreamChange<State, Event>): Readonly<Record<string, unknown>>;
  /** The events of a stream after a version, in order. */
  history(
    queryable: Queryable,
    id: string,
    options: { readonly after: bigint; readonly limit: number },
  ): Promise<readonly RecordedEvent<Event>[]>;
}

/** Binds an aggregate to its streams. Throws when a number of the aggregate is out of bounds. */
export function createEventStore<State, Event>(aggregate: Aggregate<State, Event>): EventStore<State, Event> {
  const { type, events: codec, snapshots } = aggregate;
  if (!Number.isInteger(snapshots.everyEvents) || snapshots.everyEvents < 1) {
    throw new Error(`snapshots.everyEvents of ${type} is ${snapshots.everyEvents}: at least 1`);
  }
  const statements = eventStoreStatements();

  async function load(queryable: Queryable, ids: readonly string[]) {
    const rows = await queryable.rows<StoredStream>(statements['load-streams'], [ids, type, snapshots.shape]);
    return new Map(rows.map((row) => [row.id, foldStored(aggregate, row)]));
  }

  function draft({ id, before, events }: StreamChange<State, Event>) {
    const written = events.map((event) => ({ type: codec.typeOf(event), data: codec.toJson(event) }));
    const expected = before?.version ?? 0n;
    // The times of the new events are the database's, so it is the state before them that can be written with them.
    const snapshot =
      before !== undefined && crosses(snapshots.everyEvents, expected, events.length)
        ? { snapshot: snapshots.toJson(before.state), snapshot_shape: snapshots.shape }
        : {};
    return { id, type, expected: expected.toString(), events: written, ...snapshot };
  }

  return {
    load,
    draft,
    async lock(tx, ids) {
      await tx.rows(statements['lock-streams'], [ids, type]);
      return load(tx, ids);
    },
    async append(tx, changes) {
      const json = JSON.stringify(changes.map(draft));
      const rows = await tx.rows<AppendedRow>(statements['append-to-streams'], [json]);
      const times = new Map(rows.map((row) => [row.stream_id, row.event_time]));
      return new Map(
        changes.map((change) => {
          const time = times.get(change.id);
          if (time === undefined) throw conflict(type, change);
          return [change.id, fold(aggregate, change, time)];
        }),
      );
    },
    async history(queryable, id, { after, limit }) {
      const rows = await queryable.rows<EventRow>(statements['list-stream-events'], [id, after, limit]);
      return rows.map(({ stream_id: streamId, position, version, event_time: time, data }) => {
        const event = codec.fromJson(data, { version, time });
        return { streamId, position, version, time, event };
      });
    },
  };
}

interface AppendedRow {
  readonly stream_id: string;
  readonly event_time: Date;
}

interface EventRow {
  readonly position: bigint;
  readonly stream_id: string;
  readonly version: bigint;
  readonly data: unknown;
  readonly event_time: Date;
}

/** Whether a stream gets past a multiple of `every` with `count` more events. */
function crosses(every: number, version: bigint, count: number): boolean {
  const step = BigInt(every);
  return (version + BigInt(count)) / step > version / step;
}

function conflict(type: string, { id, before }: StreamChange<unknown, unknown>): AppError {
  const version = (before?.version ?? 0n).toString();
  return new AppError({
    status: 'ABORTED',
    reason: STREAM_CONFLICT,
    message: `the ${type} was changed by somebody else at this moment; read it again`,
    metadata: { stream: id, expected_version: version },
  });
}
