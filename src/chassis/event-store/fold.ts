import type { Aggregate, Stream, StreamChange } from './aggregate.ts';

/** A stream as load-streams gives it. */
export interface StoredStream {
  readonly id: string;
  readonly version: bigint;
  /** Null: none that can be read. */
  readonly snapshot: unknown;
  readonly snapshot_version: bigint;
  /** Those after the snapshot; null: none. */
  readonly events: readonly StoredEvent[] | null;
}

interface StoredEvent {
  readonly version: number;
  readonly time: string;
  readonly data: unknown;
}

/** The state of a stream, from its snapshot on. Throws when an event is missing: then what is stored is damaged. */
export function foldStored<State, Event>(aggregate: Aggregate<State, Event>, stored: StoredStream): Stream<State> {
  const { id, version, snapshot, snapshot_version, events } = stored;
  let state = snapshot === null ? undefined : aggregate.snapshots.fromJson(snapshot);
  let last = snapshot_version;
  for (const event of events ?? []) {
    const place = { version: BigInt(event.version), time: new Date(event.time) };
    if (place.version !== last + 1n) break;
    state = aggregate.evolve(state, aggregate.events.fromJson(event.data, place), place);
    last = place.version;
  }
  if (state === undefined || last !== version) {
    throw new Error(`the ${aggregate.type} ${id} has ${version} events, but number ${last + 1n} is missing`);
  }
  return { id, version, state };
}

/** A stream after a change that was appended at a time. */
export function fold<State, Event>(
  aggregate: Aggregate<State, Event>,
  { id, before, events }: StreamChange<State, Event>,
  time: Date,
): Stream<State> {
  let state = before?.state;
  let version = before?.version ?? 0n;
  for (const event of events) {
    version += 1n;
    state = aggregate.evolve(state, event, { version, time });
  }
  if (state === undefined) throw new Error(`a change of the ${aggregate.type} ${id} has no event`);
  return { id, version, state };
}
