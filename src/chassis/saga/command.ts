import { AppError, assertNever } from '../core/index.ts';
import { afterStage, canTurnBack, cutOff, finished, turnBack, undoBefore } from './decide.ts';
import type { SagaDefinition } from './definition.ts';
import type { HistoryDraft } from './history.ts';
import { pendingSteps, stepAt } from './stages.ts';
import { directionOf, hasEnded, type LiveState, type SagaFailure, type SagaState } from './state.ts';

/** What an operator, or the owner of what the saga is about, may ask of a saga. */
export type SagaCommand =
  /** Try now what waits for its next attempt, with a fresh backoff; also ends a parking. */
  | { readonly kind: 'retry' }
  /** Treat the step (which must be one of the current stage), or its undoing, as done: it was seen to by hand. Leaves a parking as it is. */
  | { readonly kind: 'skip'; readonly step: string }
  /** Turn back; only before the pivot. Also ends a parking. */
  | { readonly kind: 'compensate'; readonly failure: SagaFailure }
  /** Leave it alone until it is resumed, retried or compensated. */
  | { readonly kind: 'park'; readonly failure: SagaFailure }
  /** End a parking. */
  | { readonly kind: 'resume' };

/** What a command makes of a saga. */
export interface CommandDecision {
  readonly next: SagaState;
  readonly history: readonly HistoryDraft[];
}

/** How a saga stands when a command reaches it. */
export interface CommandedSaga {
  readonly definition: SagaDefinition;
  readonly state: SagaState;
  /** A worker holds it: the attempt under way may yet have its effect. */
  readonly claimed: boolean;
}

/**
 * Applies a command to a saga; pure. Undefined: nothing is left to do, which is fine. Throws FAILED_PRECONDITION
 * (SAGA_FINISHED), (SAGA_PAST_PIVOT), (STEP_NOT_SKIPPABLE), NOT_FOUND (STEP_NOT_FOUND).
 */
export function decideCommand(saga: CommandedSaga, command: SagaCommand): CommandDecision | undefined {
  const { definition, state, claimed } = saga;
  if (hasEnded(state)) {
    if (command.kind === 'compensate' && state.kind === 'COMPENSATED') return undefined;
    throw refusal('SAGA_FINISHED', `the saga is over: ${state.kind}`);
  }
  const isParked = state.kind === 'PARKED';
  const live = state.kind === 'PARKED' ? state.parked : claimed ? cutOff(definition, state) : state;
  const at = { step: stepAt(definition, live).name, direction: directionOf(live) };
  switch (command.kind) {
    case 'retry':
      if (claimed) return undefined;
      return { next: { ...live, failures: 0 }, history: [{ kind: 'RETRIED', ...at }] };
    case 'resume':
      if (!isParked) return undefined;
      return { next: { ...live, failures: 0 }, history: [{ kind: 'RESUMED', ...at }] };
    case 'park':
      if (isParked) return undefined;
      return {
        next: { kind: 'PARKED', parked: live, failure: command.failure },
        history: [{ kind: 'PARKED', ...at, failure: command.failure }],
      };
    case 'skip':
      return skip(definition, state, { live, step: command.step });
    case 'compensate': {
      if (live.kind === 'COMPENSATING') {
        if (!isParked) return undefined;
        return { next: { ...live, failures: 0 }, history: [{ kind: 'RESUMED', ...at }] };
      }
      if (!canTurnBack(definition, live)) {
        throw refusal('SAGA_PAST_PIVOT', `the saga stands at ${at.step} and can only go forward`);
      }
      return turnBack(definition, live, command.failure);
    }
    default:
      return assertNever(command);
  }
}

function skip(
  definition: SagaDefinition,
  state: SagaState,
  { live, step }: { readonly live: LiveState; readonly step: string },
): CommandDecision | undefined {
  const index = definition.steps.findIndex(({ name }) => name === step);
  if (index === -1) {
    throw new AppError({
      status: 'NOT_FOUND',
      reason: 'STEP_NOT_FOUND',
      message: `the saga ${definition.name} has no step ${step}`,
    });
  }
  if (live.done.includes(index)) return undefined;
  const pending = pendingSteps(definition, live);
  const skipped = pending.find((one) => one.index === index);
  if (skipped === undefined) {
    if (live.kind === 'RUNNING' ? index < live.step : index > live.step) return undefined; // done or skipped before
    throw refusal('STEP_NOT_SKIPPABLE', `the saga is not at ${step}`);
  }
  if (live.kind === 'RUNNING' && skipped.step.kind === 'pivot') {
    throw refusal('STEP_NOT_SKIPPABLE', `${step} is the pivot`);
  }
  const next = pending.length > 1 ? { ...live, done: [...live.done, index] } : pastStage(definition, live);
  const stillParked = state.kind === 'PARKED' && !hasEnded(next) && next.kind !== 'PARKED';
  return {
    next: stillParked ? { ...state, parked: next } : next,
    history: [{ kind: 'STEP_SKIPPED', step, direction: directionOf(live) }, ...finished(next)],
  };
}

function pastStage(definition: SagaDefinition, live: LiveState): SagaState {
  if (live.kind === 'COMPENSATING') return undoBefore(definition, live.step, live.failure);
  return afterStage(definition, live);
}

function refusal(reason: string, message: string): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason,
    message,
    details: [{ kind: 'preconditionFailure', violations: [{ type: reason, subject: 'saga', description: message }] }],
  });
}
