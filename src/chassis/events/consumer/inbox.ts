import { AppError } from '../../core/index.ts';
import type { Database, Queryable } from '../../store/index.ts';
import type { CarriedEvent } from '../courier.ts';
import { CLAIM_LOST, type EventFailure } from './failure.ts';
import { inboxStatements } from './statements.ts';

/** A partition that a member holds. */
export interface HeldPartition {
  readonly partition: number;
  /** The last event handled. */
  readonly position: bigint;
  /** Fences: whoever moves the position shows it. */
  readonly token: bigint;
  /** Where the publisher's log was seen to end before the position: it is not read on. */
  readonly logEnd: bigint | undefined;
  /** It has been told where the log begins. */
  readonly hasBegun: boolean;
}

/** What a transaction finds out about events that came. */
export interface Received {
  /** Ids of those that were not handled before. */
  readonly fresh: ReadonlySet<string>;
  /** Aggregates ("order/<id>") that have parked events. */
  readonly waiting: ReadonlySet<string>;
}

/** An event that is put aside. */
export interface ToPark {
  readonly event: CarriedEvent;
  /** How often its handler was called; 0: it only waits behind another. */
  readonly attempts: number;
  readonly failure: EventFailure | undefined;
  readonly waitMs: number;
}

/** A parked event that waits for no other of its aggregate. */
export interface FirstParked {
  readonly position: bigint;
  /** Its time has come. */
  readonly isDue: boolean;
}

/** A parked event that was taken out. */
export interface TakenEvent {
  readonly event: CarriedEvent;
  readonly attempts: number;
}

/** One consumer's inbox in its own database. */
export interface Inbox {
  /** The partitions that this member holds now. */
  held(): Promise<readonly HeldPartition[]>;
  /** Has partitions that were never read begin after a position. */
  begin(partitions: readonly number[], position: bigint): Promise<void>;
  /** Has nobody read on in the partitions that stand beyond the end of the publisher's log, until an operator moves them. */
  stopAhead(logEnd: bigint): Promise<void>;
  /** Moves positions and notes events; ABORTED (CLAIM_LOST) when a partition is somebody else's by now. */
  receive(tx: Queryable, moved: readonly HeldPartition[], events: readonly CarriedEvent[]): Promise<Received>;
  park(tx: Queryable, events: readonly ToPark[]): Promise<void>;
  /** Parked events of these partitions that wait for no other, those whose time came first at the beginning. */
  firstParked(partitions: readonly number[], limit: number): Promise<readonly FirstParked[]>;
  /** Takes one out for the transaction; undefined: somebody else has it. */
  take(tx: Queryable, position: bigint): Promise<TakenEvent | undefined>;
  putOff(position: bigint, attempts: number, failure: EventFailure, waitMs: number): Promise<void>;
  bury(tx: Queryable, event: CarriedEvent, attempts: number, failure: EventFailure): Promise<void>;
}

interface HeldRow {
  readonly partition: number;
  readonly position: bigint;
  readonly token: bigint;
  readonly log_end: bigint | null;
  readonly begun: boolean;
}

interface ParkedRow {
  readonly position: bigint;
  readonly partition: number;
  readonly event_id: string;
  readonly type: string;
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly sequence: bigint;
  readonly data: string;
  readonly trace_parent: string | null;
  readonly event_time: Date;
  readonly attempts: number;
}

/** The names under which a member works. */
export interface MemberNames {
  readonly consumer: string;
  readonly source: string;
  readonly member: string;
}

/** The inbox of one member of a consumer, whose transactions may stand still for `idleMs`, unlike others of the database. */
export function createInbox(
  database: Database,
  { consumer, source, member, idleMs }: MemberNames & { readonly idleMs: number },
): Inbox {
  const statements = inboxStatements();
  const idleTimeout = String(idleMs);
  return {
    async held() {
      const rows = await database.rows<HeldRow>(statements['held-partitions'], [consumer, source, member]);
      return rows.map(({ log_end: logEnd, begun: hasBegun, ...row }) => ({
        ...row,
        hasBegun,
        logEnd: logEnd ?? undefined,
      }));
    },
    async begin(partitions, position) {
      await database.execute(statements['begin-partitions'], [consumer, source, member, partitions, position]);
    },
    async stopAhead(logEnd) {
      await database.execute(statements['stop-ahead'], [consumer, source, logEnd]);
    },
    async receive(tx, moved, events) {
      const row = await tx.one<{ moved: number; fresh: string[]; waiting: string[] }>(statements['receive-events'], [
        consumer,
        source,
        member,
        moved.map(({ partition }) => partition),
        moved.map(({ position }) => position),
        moved.map(({ token }) => token),
        JSON.stringify(events.map(toNote)),
        idleTimeout,
      ]);
      if (row === undefined) throw new Error('receive-events gives one row');
      if (row.moved < moved.length) throw claimLost(consumer, source);
      return { fresh: new Set(row.fresh), waiting: new Set(row.waiting) };
    },
    async park(tx, events) {
      if (events.length === 0) return;
      const rows = events.map(({ event, attempts, failure, waitMs }) => ({
        ...toRow(event),
        ...{ attempts, last_error: failure, wait_ms: waitMs },
      }));
      await tx.execute(statements['park-events'], [consumer, source, JSON.stringify(rows)]);
    },
    async firstParked(partitions, limit) {
      const parameters = [consumer, source, partitions, limit];
      const rows = await database.rows<{ position: bigint; is_due: boolean }>(
        statements['due-parked-events'],
        parameters,
      );
      return rows.map(({ position, is_due: isDue }) => ({ position, isDue }));
    },
    async take(tx, position) {
      const row = await tx.one<ParkedRow>(statements['take-parked-event'], [consumer, source, position, idleTimeout]);
      return row && { event: toEvent(row, source), attempts: row.attempts };
    },
    async putOff(position, attempts, failure, waitMs) {
      const parameters = [consumer, source, position, attempts, JSON.stringify(failure), waitMs];
      await database.execute(statements['put-off-event'], parameters);
    },
    async bury(tx, event, attempts, failure) {
      const row = { ...toRow(event), attempts, last_error: failure };
      await tx.execute(statements['bury-event'], [consumer, source, JSON.stringify(row)]);
    },
  };
}

/** "order/<id>". */
export function aggregateKey({ aggregateType, aggregateId }: CarriedEvent): string {
  return `${aggregateType}/${aggregateId}`;
}

function toNote({ id, time, partition, position, aggregateType, aggregateId }: CarriedEvent) {
  return {
    ...{ id, time, partition, position: String(position) },
    ...{ aggregate_type: aggregateType, aggregate_id: aggregateId },
  };
}

function toRow(event: CarriedEvent) {
  const { type, sequence, data, traceparent } = event;
  return {
    ...toNote(event),
    ...{ type, sequence: String(sequence) },
    data: toJson(data),
    trace_parent: traceparent ?? null,
  };
}

/** An escape, itself not escaped, of NUL or of half a character. */
const NOT_IN_JSONB = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Data that is no JSON, or none that jsonb takes, is kept as text, for an operator to see. */
function toJson(data: string): unknown {
  try {
    const json: unknown = JSON.parse(data);
    if (!NOT_IN_JSONB.test(JSON.stringify(json))) return json;
  } catch {
    // the text, then
  }
  return data.toWellFormed().replaceAll('\0', '\uFFFD');
}

function toEvent(row: ParkedRow, source: string): CarriedEvent {
  const { position, partition, type, sequence, data } = row;
  return {
    ...{ position, partition, type, sequence, data, source },
    id: row.event_id,
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    time: row.event_time,
    traceparent: row.trace_parent ?? undefined,
  };
}

/** ABORTED: this member was taken for dead, and another goes on. */
function claimLost(consumer: string, source: string): AppError {
  return new AppError({
    status: 'ABORTED',
    reason: CLAIM_LOST,
    message: `another member of ${consumer} reads these partitions of ${source} now`,
  });
}
