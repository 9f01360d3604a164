import type { HistoryDraft, HistoryEntry } from './history.ts';
import type { DatedDraft, WorkingSaga } from './log.ts';
import type { LiveState, SagaFailure, SagaState } from './state.ts';

/** One saga as it is kept. */
export interface SagaRecord extends WorkingSaga {
  readonly deadlineTime: Date;
  /** The next attempt's time, or the claim's end while somebody holds it. */
  readonly dueTime: Date;
  /** The instance that works on it. */
  readonly owner: string | undefined;
  readonly createTime: Date;
  readonly updateTime: Date;
  readonly finishTime: Date | undefined;
}

/** The columns that whoever works on a saga needs. */
export interface WorkingRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly correlation_key: string;
  readonly trace_parent: string | null;
  readonly baggage: string | null;
  readonly state: SagaState['kind'];
  readonly parked_state: 'RUNNING' | 'COMPENSATING' | null;
  readonly step: number;
  readonly attempt: number;
  readonly failures: number;
  readonly done: readonly number[];
  readonly ambiguous: boolean;
  readonly ahead: boolean;
  readonly failure: SagaFailure | null;
  readonly park_failure: SagaFailure | null;
  readonly input: unknown;
  readonly outputs: Record<string, unknown>;
  readonly claim_token: number;
  readonly revision: number;
}

/** A row of the table saga. */
export interface SagaRow extends WorkingRow {
  readonly deadline_time: Date;
  readonly due_time: Date;
  readonly claim_owner: string | null;
  readonly create_time: Date;
  readonly update_time: Date;
  readonly finish_time: Date | null;
}

/** A row of the table saga_history: what one commit did to one saga. */
export interface HistoryRow {
  readonly position: bigint;
  readonly saga_id: string;
  readonly entries: readonly StoredEntry[];
  readonly instance: string | null;
  readonly write_time: Date;
}

/** An entry as it is kept; how long it had waited when it was written, in milliseconds, where it had. */
export interface StoredEntry extends HistoryDraft {
  readonly ago?: number;
}

/** A row of the history holds no more entries than this; an entry's position is its row's times this, plus its place in it. */
export const ENTRIES_PER_ROW = 64;

/** A state's columns, as record-transitions.sql takes them. */
export interface StateColumns {
  readonly state: SagaState['kind'];
  readonly parked_state: 'RUNNING' | 'COMPENSATING' | null;
  /** Null keeps what is there: an ended saga shows where it ended. */
  readonly step: number | null;
  readonly attempt: number | null;
  readonly failures: number | null;
  readonly done: readonly number[];
  readonly ambiguous: boolean;
  readonly ahead: boolean;
  readonly failure: SagaFailure | null;
  readonly park_failure: SagaFailure | null;
}

/** Reads what whoever works on a saga needs. */
export function toWorking(row: WorkingRow): WorkingSaga {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    correlationKey: row.correlation_key,
    origin: { traceparent: row.trace_parent ?? undefined, baggage: row.baggage ?? undefined },
    state: toState(row),
    input: row.input,
    outputs: row.outputs,
    claimToken: row.claim_token,
    revision: row.revision,
  };
}

/** Reads a row. */
export function toRecord(row: SagaRow): SagaRecord {
  return {
    ...toWorking(row),
    deadlineTime: row.deadline_time,
    dueTime: row.due_time,
    owner: row.claim_owner ?? undefined,
    createTime: row.create_time,
    updateTime: row.update_time,
    finishTime: row.finish_time ?? undefined,
  };
}

/** Reads a row of the history. */
export function toEntries(row: HistoryRow): readonly HistoryEntry[] {
  const first = row.position * BigInt(ENTRIES_PER_ROW);
  return row.entries.map(({ ago, ...draft }, place) => ({
    ...draft,
    sagaId: row.saga_id,
    position: first + BigInt(place),
    time: ago === undefined ? row.write_time : new Date(row.write_time.getTime() - ago),
    ...(row.instance === null ? {} : { instance: row.instance }),
  }));
}

/** Cuts a history into rows, as the statements take them. */
export function toRows(history: readonly (HistoryDraft | DatedDraft)[]): readonly (readonly StoredEntry[])[] {
  const entries = history.map(toStored);
  if (entries.length <= ENTRIES_PER_ROW) return entries.length === 0 ? [] : [entries];
  const rows = Math.ceil(entries.length / ENTRIES_PER_ROW);
  return Array.from({ length: rows }, (_, row) => entries.slice(row * ENTRIES_PER_ROW, (row + 1) * ENTRIES_PER_ROW));
}

function toStored({ agoMs, ...draft }: HistoryDraft & { readonly agoMs?: number }): StoredEntry {
  const ago = Math.round(agoMs ?? 0);
  return ago === 0 ? draft : { ...draft, ago };
}

/** Writes a state. */
export function toColumns(state: SagaState): StateColumns {
  const over = { parked_state: null, step: null, attempt: null, failures: null, park_failure: null };
  const ended = { ...over, done: [], ambiguous: false, ahead: false };
  switch (state.kind) {
    case 'COMPLETED':
      return { ...ended, state: 'COMPLETED', failure: null };
    case 'COMPENSATED':
      return { ...ended, state: 'COMPENSATED', failure: state.failure };
    case 'PARKED':
      return {
        ...toColumns(state.parked),
        state: 'PARKED',
        parked_state: state.parked.kind,
        park_failure: state.failure,
      };
    case 'RUNNING':
    case 'COMPENSATING':
      return {
        state: state.kind,
        parked_state: null,
        step: state.step,
        attempt: state.attempt,
        failures: state.failures,
        done: state.done,
        ambiguous: state.kind === 'RUNNING' && state.ambiguous,
        ahead: state.kind === 'RUNNING' && state.ahead,
        failure: state.kind === 'RUNNING' ? null : state.failure,
        park_failure: null,
      };
  }
}

function toState(row: WorkingRow): SagaState {
  const kind = row.state === 'PARKED' ? row.parked_state : row.state;
  const at = { step: row.step, attempt: row.attempt, failures: row.failures, done: row.done };
  switch (kind) {
    case 'COMPLETED':
      return { kind };
    case 'COMPENSATED':
      return { kind, failure: known(row, row.failure) };
    case 'RUNNING':
    case 'COMPENSATING': {
      const live: LiveState =
        kind === 'RUNNING'
          ? { kind, ...at, ambiguous: row.ambiguous, ahead: row.ahead }
          : { kind, ...at, failure: known(row, row.failure) };
      return row.state === 'PARKED' ? { kind: 'PARKED', parked: live, failure: known(row, row.park_failure) } : live;
    }
    case null:
      throw new Error(`saga ${row.id} is in no known state`);
  }
}

function known(row: WorkingRow, failure: SagaFailure | null): SagaFailure {
  if (failure === null) throw new Error(`saga ${row.id} is ${row.state} without a failure`);
  return failure;
}
