import { retryMiddleware } from 'nice-grpc-client-middleware-retry';
import { Status, type ClientError, type MethodDescriptor } from 'nice-grpc-common';

import { HEADERS, statusName, type Clock, type Random } from '../../core/index.ts';
import type { RetryBudget } from '../../resilience/index.ts';
import { AttemptError, codeOf, isUnprocessed, type AttemptOutcome, type FailedOutcome } from './attempt-outcome.ts';
import { decideRetry, isRetryable, type RetryPolicy, type RetryStop } from './retry-decision.ts';

/** A unary call whose first attempt has failed. */
export interface RetriedCall {
  /** Attempts made that count as such. */
  readonly tries: number;
  /** On the monotonic clock; Infinity: there is none. */
  readonly deadlineMs: number;
  /** Fires when the call has ended from outside. */
  readonly signal: AbortSignal;
}

/** How a call ended that was tried again. */
export interface Retried {
  readonly outcome: AttemptOutcome;
  /** Why there was no further attempt; undefined: the last one was answered. */
  readonly stopped: RetryStop | undefined;
}

/** Tries calls again; made once for a target. */
export interface Retries {
  /**
   * What the last attempt ended with; `again` makes the next one after this many milliseconds. Rejects with an
   * AbortError when the call's signal fires between two attempts.
   */
  after(
    failed: FailedOutcome,
    of: { readonly method: MethodDescriptor; readonly call: RetriedCall; readonly policy: RetryPolicy },
    again: (delayMs: number) => Promise<AttemptOutcome>,
  ): Promise<Retried>;
}

/** True: the attempt might be made again, so that asking Retries is worth its cost. */
export function mayRetry(outcome: AttemptOutcome, policy: RetryPolicy): outcome is FailedOutcome {
  if (outcome.kind === 'reply') return false;
  return outcome.kind === 'timed out' || isRetryable(statusName(codeOf(outcome)), policy);
}

/**
 * Retries through nice-grpc's middleware, which is a loop here and no more; its jitter covers half of a wait only, and it
 * knows neither pushback nor a budget nor a deadline. So it is told that every status may be retried, for ever and at once,
 * and its hook asks decideRetry (throwing there ends the call with the outcome it has). It is entered when the first attempt
 * has failed already: that failure is what its first `next` throws.
 */
export function createRetries(deps: {
  /** One per target. */
  readonly budget: RetryBudget;
  readonly clock: Clock;
  readonly random: Random;
}): Retries {
  const { budget, clock, random } = deps;

  return {
    async after(failed, { method, call, policy }, again) {
      const isIdempotent = IDEMPOTENT.has(method.options.idempotencyLevel);
      let delayMs = 0;
      let isFirst = true;
      let stopped: RetryStop | undefined;
      async function* next(): AsyncGenerator<never, AttemptOutcome, undefined> {
        const outcome = isFirst ? failed : await again(delayMs);
        isFirst = false;
        if (outcome.kind !== 'reply') throw new AttemptError(method.path, outcome);
        return outcome;
      }
      const onRetryableError = (error: ClientError) => {
        const { outcome } = error as AttemptError; // nothing else is thrown by next with a status
        const decision = decideRetry(
          {
            status: statusName(error.code),
            isIdempotent,
            isUnprocessed: isUnprocessed(outcome),
            isTimedOut: outcome.kind === 'timed out',
            attempts: call.tries,
            pushback: outcome.kind === 'failure' ? outcome.trailer?.get(HEADERS.retryPushback) : undefined,
            remainingMs: call.deadlineMs - clock.monotonicMs(),
          },
          policy,
          random,
          () => budget.withdraw(),
        );
        if (decision.kind === 'retry') {
          delayMs = decision.delayMs;
          return;
        }
        stopped = decision.why;
        throw error;
      };
      const loop = retryMiddleware<undefined, AttemptOutcome>(
        { method, requestStream: false, request: undefined, responseStream: false, next },
        {
          signal: call.signal,
          retry: true,
          retryBaseDelayMs: 0,
          retryMaxAttempts: Infinity,
          retryableStatuses: EVERY_STATUS,
          onRetryableError,
        },
      );
      try {
        const { value } = await loop.next();
        return { outcome: value as AttemptOutcome, stopped: undefined }; // next returns one, and the loop hands it through
      } catch (error) {
        if (error instanceof AttemptError) return { outcome: error.outcome, stopped };
        throw error;
      }
    },
  };
}

const IDEMPOTENT: ReadonlySet<string | undefined> = new Set(['IDEMPOTENT', 'NO_SIDE_EFFECTS']);

const EVERY_STATUS = Object.values(Status).filter((status): status is Status => typeof status === 'number');
