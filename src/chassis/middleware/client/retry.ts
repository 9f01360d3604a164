import { retryMiddleware } from 'nice-grpc-client-middleware-retry';
import type { CallOptions, ClientError, ClientMiddlewareCall } from 'nice-grpc-common';

import { HEADERS, type Clock, type Random } from '../../core/index.ts';
import { PickError } from './attempt-error.ts';
import { outgoingOf, type ChainOptions } from './outgoing-call.ts';
import { RETRYABLE, decideRetry, type RetryPolicy } from './retry-decision.ts';
import type { RetryBudget } from './retry-budget.ts';

/**
 * Tries unary calls again through nice-grpc's retry middleware. That one loops, counts attempts and knows statuses; its
 * jitter covers half of a wait only, and it knows neither pushback nor a budget nor a deadline. So its own waits are 0 ms,
 * its hook asks decideRetry (throwing there ends the call with the error it has), and the attempt middleware below
 * waits. Not at all: when the incoming call is itself a retry (chain stop), and for streams.
 */
export function createRetryMiddleware(deps: {
  readonly policy: RetryPolicy;
  /** One per target. */
  readonly budget: RetryBudget;
  readonly clock: Clock;
  readonly random: Random;
}) {
  const { policy, budget, clock, random } = deps;
  return function retry<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    budget.deposit();
    const isAllowed = options.retry !== false && outgoing.incoming?.isRetry !== true;
    if (!isAllowed || call.requestStream || call.responseStream) return call.next(call.request, options);

    const { idempotencyLevel } = call.method.options;
    const isIdempotent = idempotencyLevel === 'IDEMPOTENT' || idempotencyLevel === 'NO_SIDE_EFFECTS';
    const onRetryableError = (error: ClientError) => {
      const decision = decideRetry(
        {
          isIdempotent,
          wasSent: !(error instanceof PickError),
          attempts: outgoing.attempts,
          pushback: outgoing.trailer?.get(HEADERS.retryPushback),
          remainingMs: (outgoing.deadlineMs ?? Infinity) - clock.monotonicMs(),
        },
        policy,
        random,
        () => budget.withdraw(),
      );
      if (decision.kind === 'stop') throw error;
      outgoing.nextDelayMs = decision.delayMs;
    };
    return retryMiddleware<Request, Response>(call, {
      ...options,
      signal: outgoing.signal,
      retry: true,
      retryBaseDelayMs: 0,
      retryMaxAttempts: policy.maxAttempts - 1,
      retryableStatuses: [...RETRYABLE],
      onRetryableError,
    });
  };
}
