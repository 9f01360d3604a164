import { AppError, isAbortError, type ErrorStatus } from '../core/index.ts';
import type { BreakerOutcome } from './circuit-breaker.ts';
import { REJECTION_REASONS, type RejectionReason } from './rejections.ts';

/**
 * The statuses that say something about the callee's health. The others are answers: a callee that says NOT_FOUND or
 * INVALID_ARGUMENT is well. CANCELLED is the caller's doing and says nothing.
 */
const FAILURES: ReadonlySet<ErrorStatus> = new Set<ErrorStatus>([
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'UNKNOWN',
  'DATA_LOSS',
]);

/** RESOURCE_EXHAUSTED is a failure for this reason only; for the others, the caller asked for too much. */
const OVERLOADED: RejectionReason = 'OVERLOADED';

const REJECTIONS: ReadonlySet<string> = new Set(REJECTION_REASONS);

/** How a breaker counts a call that ended with this status; the reason is ErrorInfo's, where there is one. */
export function outcomeOfStatus(status: ErrorStatus | 'OK', reason?: string): BreakerOutcome {
  if (status === 'OK') return 'success';
  if (status === 'CANCELLED') return 'ignored';
  if (status === 'RESOURCE_EXHAUSTED') return reason === OVERLOADED ? 'failure' : 'success';
  return FAILURES.has(status) ? 'failure' : 'success';
}

/**
 * How a breaker counts work that threw this. What was refused on this side never reached the callee and says nothing about
 * it; an error that is no AppError, such as a connection that broke, is a failure. What was aborted counts as what it was
 * aborted for: a timeout is a failure, a caller who gave up is not.
 */
export function outcomeOf(error: unknown): BreakerOutcome {
  if (isOwnRejection(error)) return 'ignored';
  if (error instanceof AppError) return outcomeOfStatus(error.status, error.reason);
  if (!(error instanceof Error && isAbortError(error))) return 'failure';
  return error.cause instanceof AppError ? outcomeOf(error.cause) : 'ignored';
}

/** The work could not be done, whether somebody tried or it was refused on this side. */
export function isUnavailability(error: unknown): boolean {
  return isOwnRejection(error) || (!isAbortError(error) && outcomeOf(error) === 'failure');
}

/** Refused by a policy of this process; nobody worked on it. An error off the wire has a domain. */
export function isOwnRejection(error: unknown): boolean {
  return error instanceof AppError && error.domain === undefined && REJECTIONS.has(error.reason);
}
