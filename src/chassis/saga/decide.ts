import { backoffMs, type ErrorStatus, type Random } from '../core/index.ts';
import type { SagaDefinition, Step } from './definition.ts';
import type { HistoryDraft } from './history.ts';
import type { Failed, Outcome } from './outcome.ts';
import { pendingSteps, stageAfter, stageAt, stageBefore, stepAt, type PlacedStep } from './stages.ts';
import {
  directionOf,
  type Compensating,
  type LiveState,
  type Running,
  type SagaFailure,
  type SagaState,
} from './state.ts';

/** Where a saga goes next. */
export interface Decision {
  readonly next: SagaState;
  /** What the history says about it, in order. */
  readonly history: readonly HistoryDraft[];
  /** How long to wait before the next attempt, in milliseconds; 0: go on at once. */
  readonly delayMs: number;
}

/** How the attempt at one step of the stage ended. */
export interface StepOutcome {
  /** The step's index. */
  readonly index: number;
  readonly outcome: Outcome;
}

/** The reason of a saga undone by its own deadline. */
export const SAGA_TIMED_OUT = 'SAGA_TIMED_OUT';

/**
 * True while the saga can still be undone: before the pivot, and at the pivot as long as it was never tried. A pivot
 * whose attempt ended without an answer is tried again until it is known; its key makes that safe.
 */
export function canTurnBack(definition: SagaDefinition, state: Running): boolean {
  if (state.step < definition.pivotIndex) return true;
  return stepAt(definition, state).kind === 'pivot' && state.attempt === 1 && !state.ambiguous;
}

/** What a saga whose time is over does, instead of an attempt. */
export function decideTimedOut(definition: SagaDefinition, state: Running): Decision {
  return turnBack(definition, state, {
    status: 'DEADLINE_EXCEEDED',
    reason: SAGA_TIMED_OUT,
    message: `the saga did not reach its pivot within ${definition.deadlineMs} ms`,
  });
}

/**
 * The saga's one transition function: pure but for the jitter, which comes from `random`. There is one outcome for each
 * step of the stage that was not done.
 */
export function decide(
  definition: SagaDefinition,
  state: LiveState,
  outcomes: readonly StepOutcome[],
  random: Random,
): Decision {
  const attempts = outcomes.map(({ index, outcome }) => {
    const step = definition.steps[index];
    if (step === undefined) throw new Error(`saga ${definition.name} has no step ${index}`);
    return { index, step, outcome };
  });
  return state.kind === 'RUNNING'
    ? decideForward(definition, state, attempts, random)
    : decideBackward(definition, state, attempts, random);
}

interface Attempted extends PlacedStep {
  readonly outcome: Outcome;
}

function decideForward(
  definition: SagaDefinition,
  state: Running,
  attempts: readonly Attempted[],
  random: Random,
): Decision {
  const history = attempts.map((one) => told(state, one));
  const done = [...state.done, ...attempts.filter(succeeded).map(({ index }) => index)];
  const failed = attempts.filter(hasFailed);
  if (failed.length === 0) {
    const next = afterStage(definition, state);
    return { next, history: [...history, ...finished(next)], delayMs: 0 };
  }
  // A refusal speaks of one copy of the request; another that a client's own retry has left on its way may yet be accepted.
  const ambiguous =
    state.ambiguous || failed.some(({ step, outcome }) => step.kind === 'compensatable' || outcome.kind !== 'refused');
  const after: Running = { ...state, done, ambiguous };
  const fatal = failed.find((one) => isFatal(state, one));
  if (fatal !== undefined) {
    const turned = turnBack(definition, after, fatal.outcome.failure, fatal.step);
    return { ...turned, history: [...history, ...turned.history] };
  }
  return again(after, { failed, history, random, policyOf: ({ step }) => step.retry });
}

/** The saga turns back for it. */
function isFatal(state: Running, { step, outcome }: FailedAttempt): boolean {
  if (step.kind === 'retriable' || outcome.kind === 'interrupted') return false;
  if (outcome.kind === 'refused') return !mayHaveHappened(step, state, outcome.failure);
  return step.kind === 'compensatable' && state.failures + 1 >= step.retry.maxAttempts;
}

/** Refusals of the call as such, made without a look at what an earlier attempt under the same key has done. */
const REFUSES_THE_CALL: ReadonlySet<ErrorStatus> = new Set([
  'INVALID_ARGUMENT',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'UNIMPLEMENTED',
  'DATA_LOSS',
]);

/** A pivot that may have its effect is only given up for an answer that speaks of it: it is never undone. */
function mayHaveHappened(step: Step, state: Running, failure: SagaFailure): boolean {
  return step.kind === 'pivot' && state.ambiguous && REFUSES_THE_CALL.has(failure.status);
}

function decideBackward(
  definition: SagaDefinition,
  state: Compensating,
  attempts: readonly Attempted[],
  random: Random,
): Decision {
  const history = attempts.map((one) => told(state, one));
  const done = [...state.done, ...attempts.filter(succeeded).map(({ index }) => index)];
  const failed = attempts.filter(hasFailed);
  if (failed.length === 0) {
    const next = undoBefore(definition, state.step, state.failure);
    return { next, history: [...history, ...finished(next)], delayMs: 0 };
  }
  const after: Compensating = { ...state, done };
  const hopeless = failed.find(
    ({ step, outcome }) => outcome.kind !== 'interrupted' && state.failures + 1 >= step.compensationRetry.maxAttempts,
  );
  if (hopeless !== undefined) {
    const { step, outcome } = hopeless;
    const parked: Compensating = { ...after, attempt: state.attempt + 1, failures: 0 };
    return park(parked, { step: step.name, failure: outcome.failure, history });
  }
  return again(after, { failed, history, random, policyOf: ({ step }) => step.compensationRetry });
}

/** Leaves a saga to an operator. */
export function park(
  parked: LiveState,
  why: { readonly step: string; readonly failure: SagaFailure; readonly history: readonly HistoryDraft[] },
): Decision {
  const { step, failure, history } = why;
  return {
    next: { kind: 'PARKED', parked, failure },
    history: [...history, { kind: 'PARKED', step, direction: directionOf(parked), failure }],
    delayMs: 0,
  };
}

/** Where a saga stands once its stage is done or skipped. */
export function afterStage(definition: SagaDefinition, state: Running): SagaState {
  const step = stageAfter(definition, state.step);
  if (step === undefined) return { kind: 'COMPLETED' };
  const ahead = state.ahead && step < definition.pivotIndex;
  return { kind: 'RUNNING', step, attempt: 1, failures: 0, done: [], ambiguous: false, ahead };
}

/**
 * Turns a running saga back. What was tried of the present stage is undone too, even where it was refused: the undo keeps a
 * late copy of the request out. The pivot never is: its participant keeps a refusal. `at` is the step that made it turn.
 */
export function turnBack(
  definition: SagaDefinition,
  state: Running,
  failure: SagaFailure,
  at: Step = stepAt(definition, state),
): Decision {
  const next = undoing(definition, state, failure);
  const turned: HistoryDraft = { kind: 'COMPENSATION_STARTED', step: at.name, direction: 'BACKWARD', failure };
  return { next, history: [turned, ...finished(next)], delayMs: 0 };
}

function undoing(definition: SagaDefinition, state: Running, failure: SagaFailure): SagaState {
  // An owner that was cut off may have been anywhere up to the pivot: undoing what never happened is no harm.
  if (state.ahead) return undoBefore(definition, definition.pivotIndex, failure);
  const stage = stageAt(definition, state.step);
  if (stage.some(({ step }) => step.kind !== 'compensatable')) return undoBefore(definition, state.step, failure);
  const untouched = state.ambiguous ? [] : pendingSteps(definition, state).map(({ index }) => index);
  if (untouched.length === stage.length) return undoBefore(definition, state.step, failure);
  return { kind: 'COMPENSATING', step: state.step, attempt: 1, failures: 0, done: untouched, failure };
}

/** Where a saga stands that has everything before the stage at `first` still to undo. */
export function undoBefore(definition: SagaDefinition, first: number, failure: SagaFailure): SagaState {
  const step = stageBefore(definition, first);
  if (step === undefined) return { kind: 'COMPENSATED', failure };
  return { kind: 'COMPENSATING', step, attempt: 1, failures: 0, done: [], failure };
}

/** The history's last entry, when the state is one to end in. */
export function finished(next: SagaState): readonly HistoryDraft[] {
  if (next.kind === 'COMPLETED') return [{ kind: 'FINISHED', direction: 'FORWARD' }];
  if (next.kind === 'COMPENSATED') return [{ kind: 'FINISHED', direction: 'BACKWARD', failure: next.failure }];
  return [];
}

/** The entries of the attempts about to be made. */
export function attemptsStarted(definition: SagaDefinition, state: LiveState): readonly HistoryDraft[] {
  return pendingSteps(definition, state).map(({ step }) => ({
    kind: 'ATTEMPT_STARTED',
    step: step.name,
    direction: directionOf(state),
    attempt: state.attempt,
  }));
}

/** The attempt under way is taken out of its owner's hands: its number is used up, and it may still have its effect. */
export function cutOff(definition: SagaDefinition, state: LiveState): LiveState {
  const next = { ...state, attempt: state.attempt + 1 };
  if (next.kind === 'COMPENSATING') return next;
  return { ...next, ambiguous: true, ahead: next.step < definition.pivotIndex };
}

interface FailedAttempt extends PlacedStep {
  readonly outcome: Failed;
}

function succeeded({ outcome }: Attempted): boolean {
  return outcome.kind === 'succeeded';
}

function hasFailed(attempt: Attempted): attempt is FailedAttempt {
  return attempt.outcome.kind !== 'succeeded';
}

function told(state: LiveState, { step, outcome }: Attempted): HistoryDraft {
  const at = { step: step.name, direction: directionOf(state), attempt: state.attempt };
  if (outcome.kind === 'succeeded') return { kind: 'ATTEMPT_SUCCEEDED', ...at };
  return { kind: outcome.kind === 'refused' ? 'ATTEMPT_REFUSED' : 'ATTEMPT_FAILED', ...at, failure: outcome.failure };
}

function again(
  state: LiveState,
  options: {
    readonly failed: readonly FailedAttempt[];
    readonly history: readonly HistoryDraft[];
    readonly random: Random;
    readonly policyOf: (attempt: FailedAttempt) => Step['retry'];
  },
): Decision {
  const { failed, history, random, policyOf } = options;
  const counted = failed.filter(({ outcome }) => outcome.kind !== 'interrupted');
  const next = { ...state, attempt: state.attempt + 1 };
  if (counted.length === 0) return { next, history, delayMs: 0 };
  const failures = state.failures + 1;
  // Full jitter, at least what a participant asked for, and never none, so that other sagas get their turn.
  const waits = counted.map((one) => {
    const asked = one.outcome.kind === 'unknown' ? (one.outcome.retryAfterMs ?? 0) : 0;
    return Math.max(backoffMs(failures, policyOf(one), random), asked);
  });
  return { next: { ...next, failures }, history, delayMs: Math.max(1, ...waits) };
}
