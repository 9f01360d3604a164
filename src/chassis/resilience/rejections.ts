import { AppError, type ErrorDetail } from '../core/index.ts';

/**
 * The reasons of calls that were refused before anybody worked on them. Stable: callers and dashboards read them.
 * `OVERLOADED` is a server that sheds load.
 */
export const REJECTION_REASONS = ['CIRCUIT_OPEN', 'BULKHEAD_FULL', 'RATE_LIMITED', 'OVERLOADED'] as const;

/** One of them. */
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** UNAVAILABLE, with RetryInfo: the breaker lets nobody through to the subject. Status: gRFC A32, as xDS' circuit breakers. */
export function circuitOpen(subject: string, retryAfterMs: number): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'CIRCUIT_OPEN' satisfies RejectionReason,
    message: `${subject}: too many calls failed lately; none is sent for the moment`,
    details: [retryInfo(retryAfterMs)],
    isRetried: true, // what a breaker spares its callee, nobody above is to send again
  });
}

/** UNAVAILABLE: as many calls as may are at the subject. Status: gRFC A32. */
export function bulkheadFull(subject: string, message = 'all places are taken'): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'BULKHEAD_FULL' satisfies RejectionReason,
    message: `${subject}: ${message}`,
    isRetried: true,
  });
}

/** RESOURCE_EXHAUSTED, with QuotaFailure and RetryInfo: the caller asks for more than it may. */
export function rateLimited(subject: string, retryAfterMs: number): AppError {
  const description = 'more calls than the rate limit allows';
  return new AppError({
    status: 'RESOURCE_EXHAUSTED',
    reason: 'RATE_LIMITED' satisfies RejectionReason,
    message: `${subject}: ${description}`,
    details: [{ kind: 'quotaFailure', violations: [{ subject, description }] }, retryInfo(retryAfterMs)],
  });
}

/**
 * UNAVAILABLE, with RetryInfo: the process has more to do than it can, whoever asks. Another instance may have time, so clients
 * and balancers are to take it for this endpoint's failure, as they take Envoy's and Netflix's limits; RESOURCE_EXHAUSTED would
 * tell the caller that it asks for too much, and a browser "429" in place of "503".
 */
export function overloaded(subject: string, retryAfterMs: number): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'OVERLOADED' satisfies RejectionReason,
    message: `${subject}: has more to do than it can`,
    details: [retryInfo(retryAfterMs)],
  });
}

function retryInfo(retryDelayMs: number): ErrorDetail {
  return { kind: 'retryInfo', retryDelayMs: Math.ceil(retryDelayMs) };
}
