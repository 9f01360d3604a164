import type { Queryable } from '../../store/index.ts';
import { operationStatements } from './statements.ts';

/** Why an attempt at a step failed, or why it is parked. */
export interface StepError {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A step that is not over. */
export interface DueStep {
  readonly name: string;
  /** That failed. */
  readonly attempts: number;
  readonly lastError: StepError | undefined;
  readonly since: Date;
  /** When it is tried next, or until when whoever is at it has it; undefined: it is parked. */
  readonly dueTime: Date | undefined;
}

/** Where a part stands at one subject. */
export interface PartStatus {
  readonly part: string;
  readonly subject: string;
  /** Undefined: nothing is to be done. */
  readonly due: DueStep | undefined;
  readonly heard: readonly string[];
  /** In the order in which it was told. */
  readonly said: readonly Said[];
  readonly createTime: Date;
  readonly updateTime: Date;
  readonly traceparent: string | undefined;
  /** Its place among all; see PartQuery. */
  readonly place: PartPlace;
}

/** What was told once a step was over. */
export interface Said {
  readonly step: string;
  readonly type: string;
  /** Undefined: its event is no longer kept. */
  readonly time: Date | undefined;
}

/** The last change, as PostgreSQL writes it, part and subject. */
export type PartPlace = readonly [change: string, part: string, subject: string];

/** Which parts. */
export interface PartQuery {
  /** Their names. */
  readonly parts: readonly string[];
  /** Undefined: any, of those with a step that is not over. */
  readonly subject?: string | undefined;
  readonly step?: string | undefined;
  /** Of the last error. */
  readonly reason?: string | undefined;
  readonly isParked?: boolean;
  readonly after?: PartPlace | undefined;
  readonly limit: number;
}

interface PartRow {
  readonly name: string;
  readonly subject: string;
  readonly step: string | null;
  readonly attempts: number;
  readonly last_error: StepError | null;
  readonly due_time: Date | null;
  readonly step_time: Date | null;
  readonly heard: readonly string[];
  readonly said: readonly { readonly step: string; readonly type: string; readonly time: string | null }[];
  readonly create_time: Date;
  readonly update_time: Date;
  readonly trace_parent: string | null;
  readonly change: string;
}

/** Those that have not changed for longest first. */
export async function listParts(queryable: Queryable, query: PartQuery): Promise<readonly PartStatus[]> {
  const { parts, subject, step, reason, isParked = false, after, limit } = query;
  const rows = await queryable.rows<PartRow>(operationStatements()['list-parts'], [
    ...[parts, subject, step, reason, isParked],
    ...[after?.[0], after?.[1], after?.[2], limit],
  ]);
  return rows.map(toStatus);
}

function toStatus(row: PartRow): PartStatus {
  const { name: part, subject, heard, create_time: createTime, update_time: updateTime } = row;
  return {
    ...{ part, subject, heard, createTime, updateTime, due: dueOf(row) },
    said: row.said.map(({ time, ...told }) => ({ ...told, time: time === null ? undefined : new Date(time) })),
    traceparent: row.trace_parent ?? undefined,
    place: [row.change, part, subject],
  };
}

function dueOf({ step, attempts, last_error, step_time, update_time, due_time }: PartRow): DueStep | undefined {
  if (step === null) return undefined;
  return {
    ...{ name: step, attempts, lastError: last_error ?? undefined },
    ...{ since: step_time ?? update_time, dueTime: due_time ?? undefined },
  };
}
