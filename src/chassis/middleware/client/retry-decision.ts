import { Status } from 'nice-grpc-common';

import { backoffMs, type BackoffOptions, type Random } from '../../core/index.ts';

/** How calls are tried again. */
export interface RetryPolicy {
  /** Counts the first. */
  readonly maxAttempts: number;
  readonly backoff: BackoffOptions;
}

/** Defaults for calls inside one data centre. */
export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 3, backoff: { baseMs: 50, maxMs: 1_000 } };

/**
 * What an idempotent call is tried again for: the peer could not be reached or went away (UNAVAILABLE), or cut the call
 * off while it stopped (CANCELLED; our own cancellations never come this way). Other statuses are answers.
 */
export const RETRYABLE: readonly Status[] = [Status.UNAVAILABLE, Status.CANCELLED];

/** What is known when an attempt failed with a retryable status. */
export interface FailedAttempt {
  readonly isIdempotent: boolean;
  /** True: the attempt ended before any handler saw it. */
  readonly isUnprocessed: boolean;
  /** Attempts made, this one included. */
  readonly attempts: number;
  /** The peer's `grpc-retry-pushback-ms`, where it sent one. */
  readonly pushback: string | undefined;
  /** What is left of the deadline; Infinity: there is none. */
  readonly remainingMs: number;
}

/** Whether, and when, the next attempt begins. */
export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'stop'; readonly why: 'not idempotent' | 'pushback' | 'deadline' | 'budget' };

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
  if (!failed.isUnprocessed && !failed.isIdempotent) return { kind: 'stop', why: 'not idempotent' };
  let delayMs = backoffMs(failed.attempts, policy.backoff, random);
  if (failed.pushback !== undefined) {
    if (!/^\d+$/.test(failed.pushback)) return { kind: 'stop', why: 'pushback' };
    delayMs = Number(failed.pushback);
  }
  if (delayMs >= failed.remainingMs) return { kind: 'stop', why: 'deadline' };
  return withdraw() ? { kind: 'retry', delayMs } : { kind: 'stop', why: 'budget' };
}
