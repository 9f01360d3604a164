import type { Queryable, Statement } from '../store/index.ts';

/** An event of any stream, as a read model is given it. */
export interface LoggedEvent {
  /** Its place among all events of the database. */
  readonly position: bigint;
  readonly streamId: string;
  readonly version: bigint;
  readonly type: string;
  readonly time: Date;
  /** As the aggregate's `events.toJson` wrote it. */
  readonly data: unknown;
}

/** Tables that are made of events, for reading, and that can be dropped and made again. */
export interface ReadModel {
  /** Lower case, with hyphens: "orders". */
  readonly name: string;
  /** Its tables; each is PARTITION BY LIST (generation), an integer column that is part of its keys. Lower case, with underscores. */
  readonly tables: readonly string[];
  /** Statements that make the tables and their indexes where they are missing (IF NOT EXISTS), in order; no partitions. */
  readonly schema: readonly Statement[];
  /** The types of events that it is made of; it is not given others. Undefined: every event that there is. */
  readonly types: readonly string[] | undefined;
  /**
   * Brings the rows of a generation up to date, in the transaction that also keeps how far it is: each event is applied once. The events
   * come in the order of their positions, and of one stream in the order of their versions. Rows of the generation that a person removed by
   * hand are not an error: it goes on without them, until it is made again. Called by one runner at a time for each generation.
   */
  apply(tx: Queryable, events: readonly LoggedEvent[], generation: number): Promise<void>;
}

/** What readers are given (SERVING), or what is being made to take its place (BUILDING). */
export type GenerationState = 'SERVING' | 'BUILDING';

/** One making of a read model, as an operator sees it. */
export interface GenerationStatus {
  readonly name: string;
  /** Counts from 1. */
  readonly generation: number;
  readonly state: GenerationState;
  /** Of the last event that it has. */
  readonly position: bigint;
  /** Of the last event there is. */
  readonly logEnd: bigint;
  /** How old the oldest event is that it has not; undefined: it has them all. */
  readonly behindSeconds: number | undefined;
  /** The instance that fills it; undefined: nobody at this moment. */
  readonly owner: string | undefined;
  readonly createTime: Date;
  /** When it last got on. */
  readonly updateTime: Date;
}

/** What read models tell telemetry. */
export interface ReadModelEvents {
  /** A generation has so many more events, in one commit. */
  readonly advanced: GenerationName & {
    readonly position: bigint;
    readonly events: number;
    readonly durationMs: number;
  };
  /** It is what readers are given from now on; the one before is dropped. */
  readonly switched: GenerationName & { readonly position: bigint };
  /** It could not get on; it is tried again in a second. */
  readonly failed: { readonly name: string; readonly state: GenerationState; readonly error: unknown };
}

/** Names one making of a read model. */
export interface GenerationName {
  readonly name: string;
  readonly generation: number;
}
