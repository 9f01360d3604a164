import type { SagaFailure, SagaState } from './state.ts';
import type { HistoryEntry, HistoryKind } from './history.ts';
import type { Direction } from './state.ts';

/** One saga as it is kept. */
export interface SagaRecord {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** What the saga is about, in its owner's words: an order's id. */
  readonly correlationKey: string;
  readonly state: SagaState;
  readonly input: unknown;
  /** By step. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly deadlineTime: Date;
  /** The next attempt's time, or the claim's end while somebody holds it. */
  readonly dueTime: Date;
  /** The instance that works on it. */
  readonly owner: string | undefined;
  readonly claimToken: number;
  readonly revision: number;
  readonly createTime: Date;
  readonly updateTime: Date;
  readonly finishTime: Date | undefined;
}

/** A row of the table saga. */
export interface SagaRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly correlation_key: string;
  readonly state: SagaState['kind'];
  readonly parked_state: 'RUNNING' | 'COMPENSATING' | null;
  readonly step: number;
  readonly attempt: number;
  readonly failures: number;
  readonly ambiguous: boolean;
  readonly failure: SagaFailure | null;
  readonly park_failure: SagaFailure | null;
  readonly input: unknown;
  readonly outputs: Record<string, unknown>;
  readonly deadline_time: Date;
  readonly due_time: Date;
  readonly claim_owner: string | null;
  readonly claim_token: number;
  readonly revision: number;
  readonly create_time: Date;
  readonly update_time: Date;
  readonly finish_time: Date | null;
}

/** A row of the table saga_history. */
export interface HistoryRow {
  readonly position: bigint;
  readonly saga_id: string;
  readonly kind: HistoryKind;
  readonly step: string | null;
  readonly direction: Direction;
  readonly attempt: number | null;
  readonly failure: SagaFailure | null;
  readonly actor: string | null;
  readonly note: string | null;
  readonly instance: string | null;
  readonly entry_time: Date;
}

/** A state's columns, as record-transitions.sql takes them. */
export interface StateColumns {
  readonly state: SagaState['kind'];
  readonly parked_state: 'RUNNING' | 'COMPENSATING' | null;
  /** Null keeps what is there: an ended saga shows where it ended. */
  readonly step: number | null;
  readonly attempt: number | null;
  readonly failures: number | null;
  readonly ambiguous: boolean;
  readonly failure: SagaFailure | null;
  readonly park_failure: SagaFailure | null;
}

/** Reads a row. */
export function toRecord(row: SagaRow): SagaRecord {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    correlationKey: row.correlation_key,
    state: toState(row),
    input: row.input,
    outputs: row.outputs,
    deadlineTime: row.deadline_time,
    dueTime: row.due_time,
    owner: row.claim_owner ?? undefined,
    claimToken: row.claim_token,
    revision: row.revision,
    createTime: row.create_time,
    updateTime: row.update_time,
    finishTime: row.finish_time ?? undefined,
  };
}

/** Reads a row of the history. */
export function toEntry(row: HistoryRow): HistoryEntry {
  return {
    sagaId: row.saga_id,
    position: row.position,
    kind: row.kind,
    direction: row.direction,
    time: row.entry_time,
    ...(row.step === null ? {} : { step: row.step }),
    ...(row.attempt === null ? {} : { attempt: row.attempt }),
    ...(row.failure === null ? {} : { failure: row.failure }),
    ...(row.actor === null ? {} : { actor: row.actor }),
    ...(row.note === null ? {} : { note: row.note }),
    ...(row.instance === null ? {} : { instance: row.instance }),
  };
}

/** Writes a state. */
export function toColumns(state: SagaState): StateColumns {
  const ended = { parked_state: null, step: null, attempt: null, failures: null, ambiguous: false, park_failure: null };
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
        ambiguous: state.kind === 'RUNNING' && state.ambiguous,
        failure: state.kind === 'RUNNING' ? null : state.failure,
        park_failure: null,
      };
  }
}

function toState(row: SagaRow): SagaState {
  const kind = row.state === 'PARKED' ? row.parked_state : row.state;
  const at = { step: row.step, attempt: row.attempt, failures: row.failures };
  switch (kind) {
    case 'COMPLETED':
      return { kind };
    case 'COMPENSATED':
      return { kind, failure: known(row, row.failure) };
    case 'RUNNING':
    case 'COMPENSATING': {
      const live: SagaState =
        kind === 'RUNNING'
          ? { kind, ...at, ambiguous: row.ambiguous }
          : { kind, ...at, failure: known(row, row.failure) };
      return row.state === 'PARKED' ? { kind: 'PARKED', parked: live, failure: known(row, row.park_failure) } : live;
    }
    case null:
      throw new Error(`saga ${row.id} is in no known state`);
  }
}

function known(row: SagaRow, failure: SagaFailure | null): SagaFailure {
  if (failure === null) throw new Error(`saga ${row.id} is ${row.state} without a failure`);
  return failure;
}
