import { assertNever, backoffMs, type ErrorStatus, type Random } from '../core/index.ts';
import type { RetryPolicy, SagaDefinition, Step } from './definition.ts';
import type { HistoryDraft } from './history.ts';
import type { Outcome } from './outcome.ts';
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

/** The reason of a saga undone by its own deadline. */
export const SAGA_TIMED_OUT = 'SAGA_TIMED_OUT';

/** The step a live state stands at. */
export function stepAt(definition: SagaDefinition, state: LiveState): Step {
  const step = definition.steps[state.step];
  if (step === undefined) throw new Error(`saga ${definition.name} has no step ${state.step}`);
  return step;
}

/**
 * True while the saga can still be undone: before the pivot, and at the pivot as long as it was never tried. A pivot
 * whose attempt ended without an answer is tried again until it is known; its key makes that safe.
 */
export function canTurnBack(definition: SagaDefinition, state: Running): boolean {
  if (state.step < definition.pivotIndex) return true;
  return stepAt(definition, state).kind === 'pivot' && state.attempt === 1 && !state.ambiguous;
}

/** The saga's one transition function: pure but for the jitter, which comes from `random`. */
export function decide(definition: SagaDefinition, state: LiveState, outcome: Outcome, random: Random): Decision {
  return state.kind === 'RUNNING'
    ? decideForward(definition, state, outcome, random)
    : decideBackward(definition, state, outcome, random);
}

function decideForward(definition: SagaDefinition, state: Running, outcome: Outcome, random: Random): Decision {
  const step = stepAt(definition, state);
  const at = { step: step.name, direction: 'FORWARD', attempt: state.attempt } as const;
  switch (outcome.kind) {
    case 'succeeded': {
      const next = afterStep(definition, state.step);
      return { next, history: [{ kind: 'ATTEMPT_SUCCEEDED', ...at }, ...finished(next)], delayMs: 0 };
    }
    case 'deadlinePassed':
      return turnBack(definition, state, {
        status: 'DEADLINE_EXCEEDED',
        reason: SAGA_TIMED_OUT,
        message: `the saga did not reach its pivot within ${definition.deadlineMs} ms`,
      });
    case 'interrupted':
      return {
        next: { ...state, attempt: state.attempt + 1, ambiguous: true },
        history: [{ kind: 'ATTEMPT_FAILED', ...at, failure: outcome.failure }],
        delayMs: 0,
      };
    case 'refused': {
      const refused: HistoryDraft = { kind: 'ATTEMPT_REFUSED', ...at, failure: outcome.failure };
      if (step.kind === 'retriable' || mayHaveHappened(step, state, outcome.failure))
        return again(state, step.retry, { entry: refused, random });
      const { next, history } = turnBack(definition, state, outcome.failure);
      return { next, history: [refused, ...history], delayMs: 0 };
    }
    case 'unknown': {
      const failed: HistoryDraft = { kind: 'ATTEMPT_FAILED', ...at, failure: outcome.failure };
      const ambiguous: Running = { ...state, ambiguous: true };
      if (step.kind === 'compensatable' && state.failures + 1 >= step.retry.maxAttempts) {
        const { next, history } = turnBack(definition, ambiguous, outcome.failure);
        return { next, history: [failed, ...history], delayMs: 0 };
      }
      return again(ambiguous, step.retry, { entry: failed, random, retryAfterMs: outcome.retryAfterMs });
    }
    default:
      return assertNever(outcome);
  }
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

function decideBackward(definition: SagaDefinition, state: Compensating, outcome: Outcome, random: Random): Decision {
  const { name, compensationRetry } = stepAt(definition, state);
  const at = { step: name, direction: 'BACKWARD', attempt: state.attempt } as const;
  switch (outcome.kind) {
    case 'succeeded': {
      const next = undoFrom(state.step - 1, state.failure);
      return { next, history: [{ kind: 'ATTEMPT_SUCCEEDED', ...at }, ...finished(next)], delayMs: 0 };
    }
    case 'interrupted':
      return {
        next: { ...state, attempt: state.attempt + 1 },
        history: [{ kind: 'ATTEMPT_FAILED', ...at, failure: outcome.failure }],
        delayMs: 0,
      };
    case 'refused':
    case 'unknown': {
      const kind = outcome.kind === 'refused' ? 'ATTEMPT_REFUSED' : 'ATTEMPT_FAILED';
      const entry: HistoryDraft = { kind, ...at, failure: outcome.failure };
      if (state.failures + 1 >= compensationRetry.maxAttempts) {
        const parked: Compensating = { ...state, attempt: state.attempt + 1, failures: 0 };
        return {
          next: { kind: 'PARKED', parked, failure: outcome.failure },
          history: [entry, { kind: 'PARKED', step: name, direction: 'BACKWARD', failure: outcome.failure }],
          delayMs: 0,
        };
      }
      const retryAfterMs = outcome.kind === 'unknown' ? outcome.retryAfterMs : undefined;
      return again(state, compensationRetry, { entry, random, retryAfterMs });
    }
    case 'deadlinePassed':
      throw new Error('a saga that is being undone has no deadline');
    default:
      return assertNever(outcome);
  }
}

/** Where a saga stands once the step at `index` is done or skipped. */
export function afterStep(definition: SagaDefinition, index: number): SagaState {
  if (index + 1 === definition.steps.length) return { kind: 'COMPLETED' };
  return { kind: 'RUNNING', step: index + 1, attempt: 1, failures: 0, ambiguous: false };
}

/** Turns a running saga back; a step that may have had its effect is undone too, the pivot never (it was refused). */
export function turnBack(definition: SagaDefinition, state: Running, failure: SagaFailure): Decision {
  const step = stepAt(definition, state);
  const undoThis = state.ambiguous && step.kind === 'compensatable';
  const next = undoFrom(undoThis ? state.step : state.step - 1, failure);
  const turned: HistoryDraft = { kind: 'COMPENSATION_STARTED', step: step.name, direction: 'BACKWARD', failure };
  return { next, history: [turned, ...finished(next)], delayMs: 0 };
}

/** Where a saga stands that has the steps up to and including `index` still to undo. */
export function undoFrom(index: number, failure: SagaFailure): SagaState {
  if (index < 0) return { kind: 'COMPENSATED', failure };
  return { kind: 'COMPENSATING', step: index, attempt: 1, failures: 0, failure };
}

/** The history's last entry, when the state is one to end in. */
export function finished(next: SagaState): readonly HistoryDraft[] {
  if (next.kind === 'COMPLETED') return [{ kind: 'FINISHED', direction: 'FORWARD' }];
  if (next.kind === 'COMPENSATED') return [{ kind: 'FINISHED', direction: 'BACKWARD', failure: next.failure }];
  return [];
}

/** The entry of an attempt about to be made. */
export function attemptStarted(definition: SagaDefinition, state: LiveState): HistoryDraft {
  return {
    kind: 'ATTEMPT_STARTED',
    step: stepAt(definition, state).name,
    direction: directionOf(state),
    attempt: state.attempt,
  };
}

function again(
  state: LiveState,
  policy: RetryPolicy,
  options: { readonly entry: HistoryDraft; readonly random: Random; readonly retryAfterMs?: number | undefined },
): Decision {
  const failures = state.failures + 1;
  return {
    next: { ...state, attempt: state.attempt + 1, failures },
    history: [options.entry],
    // Full jitter, at least what the participant asked for, and never none, so that other sagas get their turn.
    delayMs: Math.max(1, backoffMs(failures, policy, options.random), options.retryAfterMs ?? 0),
  };
}
