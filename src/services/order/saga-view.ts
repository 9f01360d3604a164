import { Saga, SagaStepKind, SagaStepState, type SagaStep } from '../../../gen/tradewind/order/v1/saga.ts';
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
  type Step,
  type StepKind,
} from '../../chassis/saga/index.ts';
import { toProtoDirection, toProtoError, toProtoState } from './saga-history-view.ts';

const STEP_KINDS: Readonly<Record<StepKind, SagaStepKind>> = {
  compensatable: SagaStepKind.SAGA_STEP_KIND_COMPENSATABLE,
  pivot: SagaStepKind.SAGA_STEP_KIND_PIVOT,
  retriable: SagaStepKind.SAGA_STEP_KIND_RETRIABLE,
};

/**
 * A saga as the contract shows it; its steps are read out of its history. Without a definition (it was started by code that
 * is not here) the history is all there is to go by.
 */
export function toProtoSaga(
  saga: SagaRecord,
  definition: SagaDefinition | undefined,
  history: readonly HistoryEntry[],
): Saga {
  const { state } = saga;
  const steps = definition === undefined ? triedSteps(saga, history) : definedSteps(saga, definition);
  return Saga.fromPartial({
    id: saga.id,
    name: saga.name,
    version: saga.version,
    orderId: saga.correlationKey,
    state: toProtoState(state.kind),
    direction: toProtoDirection(directionOf(saga)),
    currentStep: currentSteps(saga, definition)[0] ?? '',
    currentSteps: [...currentSteps(saga, definition)],
    steps: steps.map((step) =>
      toProtoStep(
        saga,
        step,
        history.filter((entry) => entry.step === step.name),
      ),
    ),
    reason: 'failure' in state ? state.failure.reason : '',
    message: 'failure' in state ? state.failure.message : '',
    parkTime: state.kind === 'PARKED' ? history.findLast(({ kind }) => kind === 'PARKED')?.time : undefined,
    owner: saga.owner ?? '',
    fence: BigInt(saga.claimToken),
    deadline: saga.deadlineTime,
    createTime: saga.createTime,
    updateTime: saga.updateTime,
    ...(saga.finishTime && { finishTime: saga.finishTime }),
    etag: sagaEtag(saga),
  });
}

/** The names of the steps a saga is at: of a group, those not yet done. None when it is over, or its definition is not known. */
export function currentSteps(saga: SagaRecord, definition: SagaDefinition | undefined): readonly string[] {
  const live = liveOf(saga);
  if (live === undefined || definition === undefined) return [];
  return definition.steps.filter((step, index) => isPending(live, step, index)).map(({ name }) => name);
}

/** Which way a saga goes, or went last. */
export function directionOf(saga: SagaRecord): Direction {
  const kind = liveOf(saga)?.kind ?? saga.state.kind;
  return kind === 'COMPENSATING' || kind === 'COMPENSATED' ? 'BACKWARD' : 'FORWARD';
}

/** A step, and how the saga's own state places it. */
interface PlacedStep {
  readonly name: string;
  readonly kind: SagaStepKind;
  readonly isCurrent: boolean;
  /** Done before the step the saga is at. */
  readonly isPassed: boolean;
}

function definedSteps(saga: SagaRecord, definition: SagaDefinition): readonly PlacedStep[] {
  const live = liveOf(saga);
  return definition.steps.map((step, index) => ({
    name: step.name,
    kind: STEP_KINDS[step.kind],
    isCurrent: live !== undefined && isPending(live, step, index),
    isPassed: live === undefined ? saga.state.kind === 'COMPLETED' : index < live.step,
  }));
}

function isPending(live: LiveState, step: Step, index: number): boolean {
  return step.stage === live.step && !live.done.includes(index);
}

/** In the order in which they were first tried; the last one heard of is where the saga is. */
function triedSteps(saga: SagaRecord, history: readonly HistoryEntry[]): readonly PlacedStep[] {
  const last = history.findLast(({ step }) => step !== undefined)?.step;
  const names = new Set(history.flatMap(({ step }) => (step === undefined ? [] : [step])));
  return [...names].map((name) => ({
    name,
    kind: SagaStepKind.SAGA_STEP_KIND_UNSPECIFIED,
    isCurrent: name === last && !hasEnded(saga.state),
    isPassed: false,
  }));
}

function toProtoStep(saga: SagaRecord, step: PlacedStep, entries: readonly HistoryEntry[]): SagaStep {
  const attempts = (direction: Direction) =>
    entries.filter((entry) => entry.kind === 'ATTEMPT_STARTED' && entry.direction === direction).length;
  const failed = entries.findLast(({ kind }) => kind === 'ATTEMPT_FAILED' || kind === 'ATTEMPT_REFUSED');
  const waits = saga.owner === undefined && step.isCurrent && !isStopped(saga);
  return {
    name: step.name,
    kind: step.kind,
    state: stepState(saga, step, entries),
    attemptCount: attempts('FORWARD'),
    compensationAttemptCount: attempts('BACKWARD'),
    nextAttemptTime: waits ? saga.dueTime : undefined,
    lastError: failed?.failure && toProtoError(failed.failure, failed.time),
    startTime: entries.findLast(({ kind }) => kind === 'ATTEMPT_STARTED')?.time,
    endTime: entries.findLast(({ kind }) => ENDS.has(kind))?.time,
  };
}

const ENDS: ReadonlySet<HistoryKind> = new Set(['ATTEMPT_SUCCEEDED', 'ATTEMPT_REFUSED', 'STEP_SKIPPED']);

function stepState(saga: SagaRecord, step: PlacedStep, entries: readonly HistoryEntry[]): SagaStepState {
  if (step.isCurrent) {
    return directionOf(saga) === 'FORWARD'
      ? SagaStepState.SAGA_STEP_STATE_RUNNING
      : SagaStepState.SAGA_STEP_STATE_COMPENSATING;
  }
  const last = entries.findLast(({ kind }) => ENDS.has(kind));
  if (last === undefined) {
    // What was done long ago may have left the part of the history that was read.
    return step.isPassed ? SagaStepState.SAGA_STEP_STATE_SUCCEEDED : SagaStepState.SAGA_STEP_STATE_PENDING;
  }
  if (last.kind === 'STEP_SKIPPED') return SagaStepState.SAGA_STEP_STATE_SKIPPED;
  if (last.kind === 'ATTEMPT_REFUSED') return SagaStepState.SAGA_STEP_STATE_FAILED;
  return last.direction === 'BACKWARD'
    ? SagaStepState.SAGA_STEP_STATE_COMPENSATED
    : SagaStepState.SAGA_STEP_STATE_SUCCEEDED;
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
