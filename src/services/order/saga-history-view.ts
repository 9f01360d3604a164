import {
  SagaDirection,
  SagaHistoryEntry,
  SagaHistoryKind,
  SagaState as ProtoState,
  type SagaError,
} from '../../../gen/tradewind/order/v1/saga.ts';
import type {
  Direction,
  HistoryEntry,
  HistoryKind,
  SagaFailure,
  SagaRecord,
  SagaStateKind,
} from '../../chassis/saga/index.ts';

const STATES: Readonly<Record<SagaStateKind, ProtoState>> = {
  RUNNING: ProtoState.SAGA_STATE_RUNNING,
  COMPENSATING: ProtoState.SAGA_STATE_COMPENSATING,
  PARKED: ProtoState.SAGA_STATE_PARKED,
  COMPLETED: ProtoState.SAGA_STATE_COMPLETED,
  COMPENSATED: ProtoState.SAGA_STATE_COMPENSATED,
};

const DIRECTIONS: Readonly<Record<Direction, SagaDirection>> = {
  FORWARD: SagaDirection.SAGA_DIRECTION_FORWARD,
  BACKWARD: SagaDirection.SAGA_DIRECTION_BACKWARD,
};

const HISTORY_KINDS: Readonly<Record<HistoryKind, SagaHistoryKind>> = {
  STARTED: SagaHistoryKind.SAGA_HISTORY_KIND_STARTED,
  ATTEMPT_STARTED: SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_STARTED,
  ATTEMPT_SUCCEEDED: SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_SUCCEEDED,
  ATTEMPT_FAILED: SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_FAILED,
  ATTEMPT_REFUSED: SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_REFUSED,
  COMPENSATION_STARTED: SagaHistoryKind.SAGA_HISTORY_KIND_COMPENSATION_STARTED,
  STEP_SKIPPED: SagaHistoryKind.SAGA_HISTORY_KIND_STEP_SKIPPED,
  PARKED: SagaHistoryKind.SAGA_HISTORY_KIND_PARKED,
  RESUMED: SagaHistoryKind.SAGA_HISTORY_KIND_RESUMED,
  RETRIED: SagaHistoryKind.SAGA_HISTORY_KIND_RETRIED,
  TAKEN_OVER: SagaHistoryKind.SAGA_HISTORY_KIND_TAKEN_OVER,
  FINISHED: SagaHistoryKind.SAGA_HISTORY_KIND_FINISHED,
};

/** The states a filter names. */
export function fromProtoSagaStates(states: readonly ProtoState[]): readonly SagaStateKind[] {
  return Object.entries(STATES).flatMap(([state, proto]) => (states.includes(proto) ? [state as SagaStateKind] : [])); // its keys
}

/** A state as the contract names it. */
export function toProtoState(state: SagaStateKind): ProtoState {
  return STATES[state];
}

/** A direction as the contract names it. */
export function toProtoDirection(direction: Direction): SagaDirection {
  return DIRECTIONS[direction];
}

/** A failure as the contract shows it. */
export function toProtoError(failure: SagaFailure, time: Date | undefined): SagaError {
  const { status, reason, domain = '', message } = failure;
  return { status, reason, domain, message, errorTime: time };
}

/**
 * Where a saga stood after each entry of its history, oldest first. Every way out of a parking leaves an entry of its own, so
 * only a skipped step has to be read together with what came before it.
 */
export function statesAfter(history: readonly HistoryEntry[]): readonly SagaStateKind[] {
  let state: SagaStateKind | undefined;
  return history.map((entry) => {
    const stays = entry.kind === 'STEP_SKIPPED' && state === 'PARKED';
    if (!stays) state = stateOf(entry);
    return state ?? stateOf(entry);
  });
}

function stateOf({ kind, direction }: HistoryEntry): SagaStateKind {
  if (kind === 'PARKED') return 'PARKED';
  if (kind === 'FINISHED') return direction === 'FORWARD' ? 'COMPLETED' : 'COMPENSATED';
  return direction === 'FORWARD' ? 'RUNNING' : 'COMPENSATING';
}

/** An entry of the history as the contract shows it; `state` is where the saga stood after it. */
export function toProtoEntry(entry: HistoryEntry, state: SagaStateKind): SagaHistoryEntry {
  return {
    position: entry.position,
    kind: HISTORY_KINDS[entry.kind],
    step: entry.step ?? '',
    direction: DIRECTIONS[entry.direction],
    attempt: entry.attempt ?? 0,
    error: entry.failure && toProtoError(entry.failure, entry.time),
    instance: entry.instance ?? '',
    actor: entry.actor ?? '',
    note: entry.note ?? '',
    entryTime: entry.time,
    state: STATES[state],
  };
}

/** What stands for a saga at the start of a watch. */
export function toSnapshot(saga: SagaRecord, direction: Direction, position: bigint): SagaHistoryEntry {
  return SagaHistoryEntry.fromPartial({
    position,
    kind: SagaHistoryKind.SAGA_HISTORY_KIND_SNAPSHOT,
    direction: DIRECTIONS[direction],
    entryTime: saga.updateTime,
    state: STATES[saga.state.kind],
  });
}
