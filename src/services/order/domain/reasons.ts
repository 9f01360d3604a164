import type { ErrorStatus } from '../../../chassis/core/index.ts';
import type { StepFailure } from './saga-news.ts';

/** A participant that gave up without saying no. */
const WITHOUT_ANSWER: ReadonlySet<ErrorStatus> = new Set([
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'RESOURCE_EXHAUSTED',
  'UNKNOWN',
  'INTERNAL',
]);

/** Reasons of the chassis, which say nothing to a customer. */
const CHASSIS_DOMAIN = 'tradewind';

/**
 * Why an order ends, for its customer: a participant's own refusal as it is; CHECKOUT_TIMED_OUT when one never answered
 * or the whole took too long; STEP_REFUSED for what only a developer understands.
 */
export function endingReason(failure: StepFailure): string {
  if (WITHOUT_ANSWER.has(failure.status)) return 'CHECKOUT_TIMED_OUT';
  if (failure.domain === CHASSIS_DOMAIN || failure.reason === '') return 'STEP_REFUSED';
  return failure.reason;
}

/** Why a step is tried again: the participant's refusal as it is, or that it could not be reached. */
export function retryReason(failure: StepFailure): string {
  return WITHOUT_ANSWER.has(failure.status) || failure.status === 'CANCELLED' ? 'STEP_UNAVAILABLE' : failure.reason;
}
