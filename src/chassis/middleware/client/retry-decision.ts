import { backoffMs, type BackoffOptions, type ErrorStatus, type Random, type StatusName } from '../../core/index.ts';

/** How calls are tried again. The words are gRFC A6's. */
export interface RetryPolicy {
  /** Counts the first. */
  readonly maxAttempts: number;
  readonly backoff: BackoffOptions;
  /**
   * What an idempotent call is tried again for. By default: the peer could not be reached or went away (UNAVAILABLE), or
   * cut the call off while it stopped (CANCELLED; our own cancellations never come this way). Other statuses are answers.
   */
  readonly retryableStatusCodes: readonly ErrorStatus[];
}

/** Defaults for calls inside one data centre. */
export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 3,
  backoff: { baseMs: 50, maxMs: 1_000 },
  retryableStatusCodes: ['UNAVAILABLE', 'CANCELLED'],
};

/** What is known when an attempt failed. */
export interface FailedAttempt {
  readonly status: StatusName;
  readonly isIdempotent: boolean;
  /** True: the attempt ended before any handler saw it. */
  readonly isUnprocessed: boolean;
  /** True: it took longer than one attempt may, and was cancelled. */
  readonly isTimedOut: boolean;
  /** Attempts made, this one included. */
  readonly attempts: number;
  /** The peer's `grpc-retry-pushback-ms`, where it sent one. */
  readonly pushback: string | undefined;
  /** What is left of the deadline; Infinity: there is none. */
  readonly remainingMs: number;
}

/** Why there is no further attempt. */
export type RetryStop = 'answer' | 'not idempotent' | 'attempts' | 'pushback' | 'deadline' | 'budget';

/** True: the call was tried again as often as may be. Else it never was a matter of trying again. */
export function isSpent(why: RetryStop): boolean {
  return why !== 'answer' && why !== 'not idempotent';
}

/** Whether, and when, the next attempt begins. */
export type RetryDecision =
  { readonly kind: 'retry'; readonly delayMs: number } | { readonly kind: 'stop'; readonly why: RetryStop };

/**
 * Decides about one failed attempt. The peer's pushback replaces the backoff, and a negative or malformed one ends the
 * call (gRFC A6); a retry that could not begin before the deadline is not waited for. `withdraw` is asked last.
 */
export function decideRetry(
  failed: FailedAttempt,
  policy: RetryPolicy,
  random: Random,
  withdraw: () => boolean,
): RetryDecision {
  if (!failed.isTimedOut && !isRetryable(failed.status, policy)) return { kind: 'stop', why: 'answer' };
  if (!failed.isUnprocessed && !failed.isIdempotent) return { kind: 'stop', why: 'not idempotent' };
  if (failed.attempts >= policy.maxAttempts) return { kind: 'stop', why: 'attempts' };
  let delayMs = backoffMs(failed.attempts, policy.backoff, random);
  if (failed.pushback !== undefined) {
    if (!/^\d+$/.test(failed.pushback)) return { kind: 'stop', why: 'pushback' };
    delayMs = Number(failed.pushback);
  }
  if (delayMs >= failed.remainingMs) return { kind: 'stop', why: 'deadline' };
  return withdraw() ? { kind: 'retry', delayMs } : { kind: 'stop', why: 'budget' };
}

/** Whether the policy tries again for this status. */
export function isRetryable(status: StatusName, { retryableStatusCodes }: RetryPolicy): boolean {
  return (retryableStatusCodes as readonly StatusName[]).includes(status); // OK is none of them
}
