import { AppError, isAbortError, type Clock, type Emitter, type Random } from '../core/index.ts';
import { attempt } from './attempt.ts';
import {
  attemptsStarted,
  canTurnBack,
  cutOff,
  decide,
  decideTimedOut,
  park,
  type Decision,
  type StepOutcome,
} from './decide.ts';
import type { SagaDefinition } from './definition.ts';
import type { SagaEvents } from './events.ts';
import type { ClaimedSaga } from './log.ts';
import { toFailure, type Outcome } from './outcome.ts';
import { MAX_INTERRUPTIONS, SAGA_QUARANTINED } from './quarantine.ts';
import type { PenStroke, SagaPen, SagaWriter } from './saga-writer.ts';
import { pendingSteps, type PlacedStep } from './stages.ts';
import { directionOf, isLive, type LiveState, type SagaState } from './state.ts';

/** What all executions of one worker share. */
export interface ExecutionPorts {
  readonly writer: SagaWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Emitter<SagaEvents>;
  /** True once the worker begins no further attempts. */
  isStopping(): boolean;
}

/** What one round of a stage came to. */
interface Move {
  readonly decision: Decision;
  readonly outcomes: readonly StepOutcome[];
}

/**
 * Carries one claimed saga as far as it goes without waiting: attempt, decide, next. What it did is written as it goes on;
 * it waits for the log only where a later owner must know: before the pivot is tried, before the first undoing, and at
 * the end. Until then a later owner does the steps again under their keys, and is answered as we were. Resolves when the
 * saga was given back, has ended, or is somebody else's. `signal` fires when the claim is lost or the worker stops for good.
 */
export async function execute(
  claimed: ClaimedSaga,
  definition: SagaDefinition,
  ports: ExecutionPorts,
  signal: AbortSignal,
): Promise<{ readonly wakeInMs: number } | undefined> {
  const { clock, random, events } = ports;
  const { saga } = claimed;
  const deadlineMs = clock.monotonicMs() + claimed.remainingMs;
  const remainingMs = () => deadlineMs - clock.monotonicMs();
  const pen = ports.writer.open(saga);
  let outputs = saga.outputs;
  let state = isLive(saga.state) ? takeUp(saga.state) : saga.state;

  while (isLive(state)) {
    const { decision, outcomes } = ports.isStopping() ? leave(state) : await move(state);
    const next = decision.next;
    const stroke = toStroke(decision, outcomes);
    outputs = { ...outputs, ...stroke.outputs };
    pen.add(stroke, { announce: announces(outcomes) });
    if (mustWait(state, stroke) && !(await pen.durable(signal))) break;
    if (!stroke.hold) return isLive(next) ? { wakeInMs: stroke.delayMs } : undefined;
    state = next;
    if (pen.isLost) break;
  }
  if (pen.isLost) events.emit('claimLost', { sagaId: saga.id, name: saga.name });
  return undefined;

  function takeUp(found: LiveState): LiveState {
    if (claimed.previousOwner === undefined) return found;
    pen.note([{ kind: 'TAKEN_OVER', direction: directionOf(found), note: `from ${claimed.previousOwner}` }]);
    return cutOff(definition, found);
  }

  async function move(at: LiveState): Promise<Move> {
    if (claimed.interruptions >= MAX_INTERRUPTIONS) {
      return quarantine(at, `${claimed.interruptions} owners in a row stopped without a word while they worked on it`);
    }
    try {
      if (at.kind === 'RUNNING' && remainingMs() <= 0 && canTurnBack(definition, at)) {
        return { decision: decideTimedOut(definition, at), outcomes: [] };
      }
      const outcomes = await attemptStage(at, pen);
      return { decision: decide(definition, at, outcomes, random), outcomes };
    } catch (error) {
      // Neither a step nor the log failed: this saga does not fit its definition, and would fail so for ever.
      return quarantine(at, AppError.from(error).message, error);
    }
  }

  /** The worker stopped before the saga's turn came. */
  function leave(at: LiveState): Move {
    return { decision: { next: at, history: [], delayMs: 0 }, outcomes: [] };
  }

  function quarantine(at: LiveState, why: string, cause?: unknown): Move {
    const error = new AppError({ status: 'INTERNAL', reason: SAGA_QUARANTINED, message: why, cause });
    const step = definition.steps[at.step]?.name ?? '';
    return { decision: park(at, { step, failure: toFailure(error), history: [] }), outcomes: [] };
  }

  function attemptStage(at: LiveState, to: SagaPen): Promise<readonly StepOutcome[]> {
    to.note(attemptsStarted(definition, at));
    return Promise.all(
      pendingSteps(definition, at).map(async (placed) => ({
        index: placed.index,
        outcome: await observedAttempt(placed, at),
      })),
    );
  }

  async function observedAttempt({ step }: PlacedStep, at: LiveState): Promise<Outcome> {
    const bounded = at.kind === 'RUNNING' && step.kind === 'compensatable';
    const timeoutMs = bounded ? Math.max(1, Math.min(step.timeoutMs, remainingMs())) : step.timeoutMs;
    const startedAt = clock.monotonicMs();
    const options = { step, definition, saga: { ...saga, outputs }, claimed, state: at, timeoutMs, signal, clock };
    const outcome = await attempt(options).catch(interrupted);
    events.emit('attempt', {
      sagaId: saga.id,
      name: saga.name,
      step: step.name,
      direction: directionOf(at),
      attempt: at.attempt,
      durationMs: clock.monotonicMs() - startedAt,
      failure: 'failure' in outcome ? outcome.failure : undefined,
    });
    return outcome;
  }

  function interrupted(cause: unknown): Outcome {
    if (!isAbortError(cause)) throw cause;
    const error = new AppError({ status: 'CANCELLED', reason: 'WORKER_STOPPED', message: 'the worker stopped', cause });
    return { kind: 'interrupted', failure: toFailure(error) };
  }

  function toStroke({ next, history, delayMs }: Decision, outcomes: readonly StepOutcome[]): PenStroke {
    const forward = isLive(state) && state.kind === 'RUNNING';
    const answers = forward ? outcomes.flatMap(({ index, outcome }) => answerOf(index, outcome)) : [];
    const waitsForDeadline = next.kind === 'RUNNING' && canTurnBack(definition, next);
    return {
      next,
      history,
      outputs: Object.fromEntries(answers),
      hold: isLive(next) && delayMs === 0 && !ports.isStopping() && !signal.aborted,
      delayMs: waitsForDeadline ? Math.max(0, Math.min(delayMs, remainingMs())) : delayMs,
    };
  }

  function answerOf(index: number, outcome: Outcome): readonly (readonly [string, unknown])[] {
    const step = definition.steps[index];
    return step !== undefined && outcome.kind === 'succeeded' ? [[step.name, outcome.output]] : [];
  }

  function announces(outcomes: readonly StepOutcome[]): boolean {
    return outcomes.some(({ index, outcome }) => outcome.kind === 'succeeded' && definition.steps[index]?.announce);
  }

  /** What follows must not begin before the log knows of it. */
  function mustWait(from: SagaState, { next, hold }: PenStroke): boolean {
    if (!hold) return true;
    if (next.kind === 'COMPENSATING') return from.kind !== 'COMPENSATING';
    return next.kind === 'RUNNING' && next.step === definition.pivotIndex && isLive(from) && from.step !== next.step;
  }
}
