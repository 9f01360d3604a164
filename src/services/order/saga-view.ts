import {
  Saga,
  SagaDirection,
  SagaHistoryEntry,
  SagaHistoryKind,
  SagaState as ProtoState,
  SagaStepKind,
  SagaStepState,
} from '../../../gen/tradewind/order/v1/saga.ts';
import { assertNever } from '../../chassis/core/index.ts';
import {
  hasEnded,
  sagaEtag,
  type Direction,
  type HistoryEntry,
  type HistoryKind,
  type LiveState,
  type SagaDefinition,
  type SagaRecord,
  type SagaStateKind,
  type Step,
  type StepKind,
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

const STEP_KINDS: Readonly<Record<StepKind, SagaStepKind>> = {
  compensatable: SagaStepKind.SAGA_STEP_KIND_COMPENSATABLE,
  pivot: SagaStepKind.SAGA_STEP_KIND_PIVOT,
  retriable: SagaStepKind.SAGA_STEP_KIND_RETRIABLE,
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

/** A saga as the contract shows it; its steps are read out of its history. */
export function toProtoSaga(saga: SagaRecord, definition: SagaDefinition, history: readonly HistoryEntry[]): Saga {
  const { state } = saga;
  const live = liveOf(saga);
  return Saga.fromPartial({
    id: saga.id,
    name: saga.name,
    orderId: saga.correlationKey,
    state: STATES[state.kind],
    direction: DIRECTIONS[directionOf(saga)],
    currentStep: live === undefined ? '' : (definition.steps[live.step]?.name ?? ''),
    steps: definition.steps.map((step, index) =>
      toProtoStep(
        { step, index, saga },
        history.filter((entry) => entry.step === step.name),
      ),
    ),
    reason: 'failure' in state ? state.failure.reason : '',
    owner: saga.owner ?? '',
    fence: BigInt(saga.claimToken),
    deadline: saga.deadlineTime,
    createTime: saga.createTime,
    updateTime: saga.updateTime,
    ...(saga.finishTime && { finishTime: saga.finishTime }),
    etag: sagaEtag(saga),
  });
}

/** An entry of the history as the contract shows it. */
export function toProtoEntry(entry: HistoryEntry): SagaHistoryEntry {
  return SagaHistoryEntry.fromPartial({
    position: entry.position,
    kind: HISTORY_KINDS[entry.kind],
    step: entry.step ?? '',
    direction: DIRECTIONS[entry.direction],
    attempt: entry.attempt ?? 0,
    ...(entry.failure && { error: { ...entry.failure, domain: entry.failure.domain ?? '', errorTime: entry.time } }),
    instance: entry.instance ?? '',
    actor: entry.actor ?? '',
    note: entry.note ?? '',
    entryTime: entry.time,
  });
}

/** What stands for a saga at the start of a watch. */
export function toSnapshot(saga: SagaRecord, position: bigint): SagaHistoryEntry {
  return SagaHistoryEntry.fromPartial({
    position,
    kind: SagaHistoryKind.SAGA_HISTORY_KIND_SNAPSHOT,
    direction: DIRECTIONS[directionOf(saga)],
    entryTime: saga.updateTime,
  });
}

interface StepOfSaga {
  readonly step: Step;
  readonly index: number;
  readonly saga: SagaRecord;
}

function toProtoStep(at: StepOfSaga, entries: readonly HistoryEntry[]): Saga['steps'][number] {
  const attempts = (direction: Direction) =>
    entries.filter((entry) => entry.kind === 'ATTEMPT_STARTED' && entry.direction === direction).length;
  const failed = entries.findLast(({ kind }) => kind === 'ATTEMPT_FAILED' || kind === 'ATTEMPT_REFUSED');
  const started = entries.findLast(({ kind }) => kind === 'ATTEMPT_STARTED');
  const state = stepState(at, entries);
  const waits = at.saga.owner === undefined && isCurrent(at) && !isStopped(at.saga);
  return {
    name: at.step.name,
    kind: STEP_KINDS[at.step.kind],
    state,
    attemptCount: attempts('FORWARD'),
    compensationAttemptCount: attempts('BACKWARD'),
    nextAttemptTime: waits ? at.saga.dueTime : undefined,
    lastError: failed?.failure && {
      status: failed.failure.status,
      reason: failed.failure.reason,
      domain: failed.failure.domain ?? '',
      message: failed.failure.message,
      errorTime: failed.time,
    },
    startTime: started?.time,
    endTime: entries.findLast(({ kind }) => ENDS.has(kind))?.time,
  };
}

const ENDS: ReadonlySet<HistoryKind> = new Set(['ATTEMPT_SUCCEEDED', 'ATTEMPT_REFUSED', 'STEP_SKIPPED']);

function stepState(at: StepOfSaga, entries: readonly HistoryEntry[]): SagaStepState {
  if (isCurrent(at)) {
    return directionOf(at.saga) === 'FORWARD'
      ? SagaStepState.SAGA_STEP_STATE_RUNNING
      : SagaStepState.SAGA_STEP_STATE_COMPENSATING;
  }
  const last = entries.findLast(({ kind }) => ENDS.has(kind));
  if (last === undefined) {
    // What was done long ago may have left the part of the history that was read.
    return isPassed(at) ? SagaStepState.SAGA_STEP_STATE_SUCCEEDED : SagaStepState.SAGA_STEP_STATE_PENDING;
  }
  if (last.kind === 'STEP_SKIPPED') return SagaStepState.SAGA_STEP_STATE_SKIPPED;
  if (last.kind === 'ATTEMPT_REFUSED') return SagaStepState.SAGA_STEP_STATE_FAILED;
  return last.direction === 'BACKWARD'
    ? SagaStepState.SAGA_STEP_STATE_COMPENSATED
    : SagaStepState.SAGA_STEP_STATE_SUCCEEDED;
}

function isCurrent({ index, saga }: StepOfSaga): boolean {
  return liveOf(saga)?.step === index;
}

function isPassed({ index, saga }: StepOfSaga): boolean {
  const live = liveOf(saga);
  return live === undefined ? saga.state.kind === 'COMPLETED' : index < live.step;
}

function isStopped({ state }: SagaRecord): boolean {
  return hasEnded(state) || state.kind === 'PARKED';
}

function liveOf({ state }: SagaRecord): LiveState | undefined {
  switch (state.kind) {
    case 'RUNNING':
    case 'COMPENSATING':
      return state;
    case 'PARKED':
      return state.parked;
    case 'COMPLETED':
    case 'COMPENSATED':
      return undefined;
    default:
      return assertNever(state);
  }
}

function directionOf(saga: SagaRecord): Direction {
  const kind = liveOf(saga)?.kind ?? saga.state.kind;
  return kind === 'COMPENSATING' || kind === 'COMPENSATED' ? 'BACKWARD' : 'FORWARD';
}
