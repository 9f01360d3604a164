import { AppError, backoffMs, isAbortError, type Clock, type Emitter, type Random } from '../core/index.ts';
import { attempt } from './attempt.ts';
import { attemptStarted, canTurnBack, decide, stepAt, type Decision } from './decide.ts';
import type { SagaDefinition } from './definition.ts';
import type { SagaEvents } from './events.ts';
import type { ClaimedSaga, SagaChange } from './log.ts';
import { toFailure, type Outcome } from './outcome.ts';
import type { SagaRecord } from './record.ts';
import { directionOf, isLive, type LiveState, type SagaState } from './state.ts';
import type { TransitionWriter } from './transition-writer.ts';

/** What all executions of one worker share. */
export interface ExecutionPorts {
  readonly writer: TransitionWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Emitter<SagaEvents>;
  /** True once the worker begins no further attempts. */
  isStopping(): boolean;
}

/** How long writes that meet a broken log are repeated, and how fast. The claim's end is the other bound. */
const WRITE_RETRY = { maxAttempts: 6, baseMs: 50, maxMs: 1_000 } as const;

/** True when the saga must turn back because its time is over: no attempt is made then. */
export function pastDeadline(definition: SagaDefinition, state: SagaState, remainingMs: number): boolean {
  return state.kind === 'RUNNING' && remainingMs <= 0 && canTurnBack(definition, state);
}

/**
 * Carries one claimed saga as far as it goes without waiting: attempt, decide, write, next. Resolves when the saga was
 * given back, has ended, or is somebody else's. `signal` fires when the claim is lost or the worker stops for good; its
 * reason tells which.
 */
export async function execute(
  claimed: ClaimedSaga,
  definition: SagaDefinition,
  ports: ExecutionPorts,
  signal: AbortSignal,
): Promise<{ readonly wakeInMs: number } | undefined> {
  const { clock, random, events } = ports;
  const deadlineMs = clock.monotonicMs() + claimed.remainingMs;
  let saga = claimed.saga;
  while (isLive(saga.state)) {
    const { state } = saga;
    const remainingMs = deadlineMs - clock.monotonicMs();
    const outcome: Outcome = pastDeadline(definition, state, remainingMs)
      ? { kind: 'deadlinePassed' }
      : await observedAttempt(saga, state, remainingMs);
    const decision = decide(definition, state, outcome, random);
    const change = toChange(saga, decision, outcome);
    const written = await write(change);
    if (written === undefined) {
      events.emit('claimLost', { sagaId: saga.id, name: saga.name });
      return undefined;
    }
    events.emit('transition', {
      sagaId: saga.id,
      name: saga.name,
      correlationKey: saga.correlationKey,
      from: state,
      to: written.state,
    });
    if (!change.hold) return isLive(written.state) ? { wakeInMs: change.delayMs } : undefined;
    saga = written;
  }
  return undefined;

  async function observedAttempt(current: SagaRecord, state: LiveState, remainingMs: number): Promise<Outcome> {
    const step = stepAt(definition, state);
    const bounded = state.kind === 'RUNNING' && step.kind === 'compensatable';
    const timeoutMs = bounded ? Math.max(1, Math.min(step.timeoutMs, remainingMs)) : step.timeoutMs;
    const startedAt = clock.monotonicMs();
    const outcome = await attempt({ definition, saga: current, state, timeoutMs, signal, clock }).catch(interrupted);
    events.emit('attempt', {
      sagaId: current.id,
      name: current.name,
      step: step.name,
      direction: directionOf(state),
      attempt: state.attempt,
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

  function toChange(current: SagaRecord, { next, history, delayMs }: Decision, outcome: Outcome): SagaChange {
    const remainingMs = deadlineMs - clock.monotonicMs();
    const hold = isLive(next) && delayMs === 0 && !ports.isStopping() && !signal.aborted;
    const begins = hold && isLive(next) && !pastDeadline(definition, next, remainingMs);
    const waitsForDeadline = next.kind === 'RUNNING' && canTurnBack(definition, next);
    return {
      saga: current,
      next,
      history: begins ? [...history, attemptStarted(definition, next)] : history,
      ...(outcome.kind === 'succeeded' && current.state.kind === 'RUNNING'
        ? { output: { step: stepAt(definition, current.state).name, value: outcome.output } }
        : {}),
      hold,
      delayMs: waitsForDeadline ? Math.max(0, Math.min(delayMs, remainingMs)) : delayMs,
    };
  }

  async function write(change: SagaChange): Promise<SagaRecord | undefined> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await ports.writer.write(change);
      } catch (error) {
        events.emit('logFailed', { what: 'record', error });
        // Left to whoever takes the claim over: this may be a saga that no log can take, and it must not hold a place here.
        if (failures === WRITE_RETRY.maxAttempts || signal.aborted) return undefined;
        await clock.sleep(backoffMs(failures, WRITE_RETRY, random), signal).catch(() => undefined);
      }
    }
  }
}
