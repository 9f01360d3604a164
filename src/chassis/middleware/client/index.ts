export { PickError } from './attempt-error.ts';
export { formatTimeout } from './attempt.ts';
export type { ClientCallEvents } from './call-events.ts';
export { callOrigin, createOutgoingCall, type CallOrigin } from './create-outgoing-call.ts';
export { DEFAULT_DEADLINE, type DeadlineOptions } from './deadline.ts';
export {
  clientMiddleware,
  composeOutermostFirst,
  type ChassisClientMiddleware,
  type ClientMiddlewareDeps,
  type NamedMiddleware,
} from './order.ts';
export {
  outgoingOf,
  type ChainOptions,
  type ChassisCallOptions,
  type OutgoingCall,
  type TokenSource,
} from './outgoing-call.ts';
export { DEFAULT_RETRY_BUDGET, createRetryBudget, type RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
export {
  DEFAULT_RETRY,
  decideRetry,
  type FailedAttempt,
  type RetryDecision,
  type RetryPolicy,
} from './retry-decision.ts';
