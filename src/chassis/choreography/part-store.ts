import { appendEvents, type NewEvent } from '../events/index.ts';
import type { Database, Queryable } from '../store/index.ts';
import type { Announcement, Brief, PartState } from './part.ts';
import { partStatements } from './statements.ts';

/** A part at one subject, as it is kept. */
export interface PlayedPart<Step extends string = string> extends PartState<Step> {
  readonly subject: string;
  readonly brief: Brief;
  /** What is to be done now. */
  readonly step: Step | undefined;
  /** Failed attempts at it. */
  readonly attempts: number;
  /** The sequence of its last event. */
  readonly lastEvent: bigint;
  /** The trace of what it was opened by. */
  readonly traceparent: string | undefined;
}

/** Something that was heard of one subject. */
export interface Hearsay {
  readonly subject: string;
  readonly heard: readonly string[];
  readonly brief: Brief;
  readonly traceparent: string | undefined;
}

/** A step that is over, and what follows it. */
export interface EndedStep {
  readonly before: PlayedPart;
  readonly announcement: Announcement<Brief>;
  readonly next: string | undefined;
}

/**
 * One part's rows in the database of its process, as one instance works on them. What it takes it has for LEASE_MS, and longer only if it keeps it;
 * then another may begin the step too, under the same key.
 */
export interface PartStore {
  /** Adds what was heard, and gives the parts as they are then, locked. */
  hear(tx: Queryable, heard: readonly Hearsay[]): Promise<readonly PlayedPart[]>;
  /** Gives parts other steps, taken by this instance. */
  setSteps(
    tx: Queryable,
    steps: readonly { readonly subject: string; readonly step: string | undefined }[],
  ): Promise<void>;
  lock(tx: Queryable, subjects: readonly string[]): Promise<ReadonlyMap<string, PlayedPart>>;
  /** Writes what steps led to, with the events that tell of it, and takes the next ones. The parts are locked. */
  end(tx: Queryable, ended: readonly EndedStep[]): Promise<void>;
  /** `waitMs` undefined: until an operator says so. Nothing is done where the part is at another step by now, was parked, or somebody else is at it. */
  putOff(part: PlayedPart, error: unknown, waitMs: number | undefined): Promise<void>;
  /** Takes steps that nobody is at. */
  claimDue(limit: number): Promise<readonly PlayedPart[]>;
  /** Has this instance's steps at these subjects for another LEASE_MS; not those that others have taken since. */
  keep(subjects: readonly string[]): Promise<void>;
  /** Lets go of all that this instance has taken. */
  leave(): Promise<void>;
  count(): Promise<StepCounts>;
}

/** Steps that are not over. */
export interface StepCounts {
  readonly underWay: number;
  readonly oldestUnderWaySeconds: number | undefined;
  readonly parked: number;
  readonly oldestParkedSeconds: number | undefined;
}

/** In milliseconds. With the look for what nobody is at, it is what the death of a process costs the orders that it was at: below five seconds. */
export const LEASE_MS = 2_000;

interface PartRow {
  readonly subject: string;
  readonly heard: readonly string[];
  readonly brief: Brief;
  readonly said: Readonly<Record<string, string>>;
  readonly step: string | null;
  readonly attempts: number;
  readonly last_event: bigint;
  readonly trace_parent: string | null;
}

/** Binds the statements to one part. `owner`: names this instance, and no other ever. */
export function createPartStore(database: Database, { name, owner }: { name: string; owner: string }): PartStore {
  const statements = partStatements();
  return {
    async hear(tx, heard) {
      const json = heard.map(({ traceparent, ...one }) => ({ ...one, trace_parent: traceparent ?? null }));
      const rows = await tx.rows<PartRow>(statements['hear-events'], [name, JSON.stringify(json)]);
      return rows.map(toPart);
    },
    async setSteps(tx, steps) {
      if (steps.length === 0) return;
      await tx.atCommit(statements['set-steps'], [
        name,
        JSON.stringify(steps.map(({ subject, step }, ordinal) => ({ ordinal, subject, step }))),
        owner,
        LEASE_MS,
      ]);
    },
    async lock(tx, subjects) {
      const rows = await tx.rows<PartRow>(statements['lock-parts'], [name, subjects]);
      return new Map(rows.map((row) => [row.subject, toPart(row)]));
    },
    async end(tx, ended) {
      if (ended.length === 0) return;
      const rows = ended.map(({ before, announcement, next }, ordinal) => ({
        ordinal,
        subject: before.subject,
        brief: { ...before.brief, ...announcement.keep },
        said: { ...before.said, [before.step ?? '']: announcement.type },
        last_event: String(before.lastEvent + 1n),
        step: next ?? null,
      }));
      await tx.execute(statements['end-steps'], [name, JSON.stringify(rows), owner, LEASE_MS]);
      await appendEvents(
        tx,
        ended.map((one) => toEvent(name, one)),
      );
    },
    async putOff({ subject, step }, error, waitMs) {
      const parameters = [name, subject, step, owner, JSON.stringify(error), waitMs ?? null];
      await database.execute(statements['put-off-step'], parameters);
    },
    async claimDue(limit) {
      const rows = await database.rows<PartRow>(statements['claim-due-parts'], [name, owner, LEASE_MS, limit]);
      return rows.map(toPart);
    },
    keep: async (subjects) =>
      void (await database.execute(statements['keep-steps'], [name, owner, subjects, LEASE_MS])),
    leave: async () => void (await database.execute(statements['leave-steps'], [name, owner])),
    async count() {
      const row = await database.one<CountRow>(statements['count-parts'], [name]);
      return {
        underWay: row?.under_way ?? 0,
        oldestUnderWaySeconds: row?.oldest_under_way ?? undefined,
        parked: row?.parked ?? 0,
        oldestParkedSeconds: row?.oldest_parked ?? undefined,
      };
    },
  };
}

interface CountRow {
  readonly under_way: number;
  readonly oldest_under_way: number | null;
  readonly parked: number;
  readonly oldest_parked: number | null;
}

function toPart({ heard, step, last_event: lastEvent, trace_parent: traceparent, ...row }: PartRow): PlayedPart {
  return {
    ...row,
    heard: new Set(heard),
    step: step ?? undefined,
    lastEvent,
    traceparent: traceparent ?? undefined,
  };
}

function toEvent(name: string, { before, announcement }: EndedStep): NewEvent {
  return {
    aggregateType: name,
    aggregateId: before.subject,
    sequence: before.lastEvent + 1n,
    type: announcement.type,
    payload: announcement.payload,
    cause: before.traceparent,
  };
}
