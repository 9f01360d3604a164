/** Where an event stands, and when it was appended, by the database's clock. */
export interface EventPlace {
  /** Counts the events of its stream from 1, without gaps. */
  readonly version: bigint;
  readonly time: Date;
}

/** Things of one kind whose state is what happened to them: how their events are folded and kept. Pure. */
export interface Aggregate<State, Event> {
  /** The type of its streams: "order". */
  readonly type: string;
  /** The state after an event; `state` is undefined before the first. The same events always give the same state. */
  evolve(state: State | undefined, event: Event, place: EventPlace): State;
  readonly events: {
    /** What read models choose by: "placed". */
    typeOf(event: Event): string;
    /** As plain JSON: bigints and Dates as text. */
    toJson(event: Event): unknown;
    /** Reads what was written by any version of the code that there ever was. */
    fromJson(json: unknown, place: EventPlace): Event;
  };
  readonly snapshots: {
    /** A snapshot is kept about every so many events: a stream is read from the latest one on. At least 1. */
    readonly everyEvents: number;
    /** Counts the shapes that a written state has had: snapshots of another shape are ignored and the stream is folded from its start. */
    readonly shape: number;
    toJson(state: State): unknown;
    fromJson(json: unknown): State;
  };
}

/** A stream as it was read: its state after `version` events. */
export interface Stream<State> {
  /** A UUID that no other stream of the database has, of whatever type. */
  readonly id: string;
  readonly version: bigint;
  readonly state: State;
}

/** What is to happen to a stream. */
export interface StreamChange<State, Event> {
  readonly id: string;
  /** The stream that was decided on; undefined: it is new. */
  readonly before: Stream<State> | undefined;
  /** In order; at least one. */
  readonly events: readonly Event[];
}

/** An event as it is kept. */
export interface RecordedEvent<Event> extends EventPlace {
  readonly streamId: string;
  /** Its place among all events of the database. */
  readonly position: bigint;
  readonly event: Event;
}
