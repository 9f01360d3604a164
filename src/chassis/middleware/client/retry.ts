import { retryMiddleware } from 'nice-grpc-client-middleware-retry';
import type { ClientError, MethodDescriptor } from 'nice-grpc-common';

import { HEADERS, type Clock, type Random } from '../../core/index.ts';
import { AttemptError, codeOf, type AttemptOutcome, type FailedOutcome } from './attempt-outcome.ts';
import type { RetryBudget } from '../../resilience/index.ts';
import { RETRYABLE, decideRetry, type RetryPolicy } from './retry-decision.ts';

/** A unary call whose first attempt has failed. */
export interface RetriedCall {
  /** Attempts made that count as such. */
  readonly tries: number;
  /** On the monotonic clock; Infinity: there is none. */
  readonly deadlineMs: number;
  /** Fires when the call has ended from outside. */
  readonly signal: AbortSignal;
}

/** Tries calls again; made once for a target. */
export interface Retries {
  /**
   * Whatever the last attempt ended with; `again` makes the next one after this many milliseconds. Rejects with an
   * AbortError when the call's signal fires between two attempts.
   */
  after(
    failed: FailedOutcome,
    of: { readonly method: MethodDescriptor; readonly call: RetriedCall },
    again: (delayMs: number) => Promise<AttemptOutcome>,
  ): Promise<AttemptOutcome>;
}

/** True: the attempt might be made again, so that asking Retries is worth its cost. */
export function mayRetry(outcome: AttemptOutcome): outcome is FailedOutcome {
  return outcome.kind !== 'reply' && RETRYABLE.includes(codeOf(outcome));
}

/**
 * Retries through nice-grpc's middleware, which loops, counts attempts and knows statuses; its jitter covers half of a wait
 * only, and it knows neither pushback nor a budget nor a deadline. So its own waits are 0 ms and its hook asks decideRetry
 * (throwing there ends the call with the outcome it has). It is entered when the first attempt has failed already: that
 * failure is what its first `next` throws.
 */
export function createRetries(deps: {
  readonly policy: RetryPolicy;
  /** One per target. */
  readonly budget: RetryBudget;
  readonly clock: Clock;
  readonly random: Random;
}): Retries {
  const { policy, budget, clock, random } = deps;

  return {
    async after(failed, { method, call }, again) {
      const isIdempotent = IDEMPOTENT.has(method.options.idempotencyLevel);
      let delayMs = 0;
      let isFirst = true;
      async function* next(): AsyncGenerator<never, AttemptOutcome, undefined> {
        const outcome = isFirst ? failed : await again(delayMs);
        isFirst = false;
        if (outcome.kind !== 'reply') throw new AttemptError(method.path, outcome);
        return outcome;
      }
      const onRetryableError = (error: ClientError) => {
        const { outcome } = error as AttemptError; // nothing else is thrown by next with a retryable status
        const decision = decideRetry(
          {
            isIdempotent,
            isUnprocessed: outcome.kind === 'unsent' || outcome.isUnprocessed,
            attempts: call.tries,
            pushback: outcome.kind === 'unsent' ? undefined : outcome.trailer?.get(HEADERS.retryPushback),
            remainingMs: call.deadlineMs - clock.monotonicMs(),
          },
          policy,
          random,
          () => budget.withdraw(),
        );
        if (decision.kind === 'stop') throw error;
        delayMs = decision.delayMs;
      };
      const loop = retryMiddleware<undefined, AttemptOutcome>(
        { method, requestStream: false, request: undefined, responseStream: false, next },
        {
          signal: call.signal,
          retry: true,
          retryBaseDelayMs: 0,
          retryMaxAttempts: policy.maxAttempts - 1,
          retryableStatuses: [...RETRYABLE],
          onRetryableError,
        },
      );
      try {
        return (await loop.next()).value as AttemptOutcome; // next returns one, and the loop hands it through
      } catch (error) {
        if (error instanceof AttemptError) return error.outcome;
        throw error;
      }
    },
  };
}

const IDEMPOTENT: ReadonlySet<string | undefined> = new Set(['IDEMPOTENT', 'NO_SIDE_EFFECTS']);
