export { AttemptError, codeOf, errorOf, type AttemptOutcome, type FailedOutcome } from './attempt-outcome.ts';
export type { ClientCallEvents } from './call-events.ts';
export { callOrigin, createOutgoingCall, type CallOrigin } from './create-outgoing-call.ts';
export { DEFAULT_DEADLINE, deadlineExceeded, deadlineOf, type DeadlineOptions } from './deadline.ts';
export { endWith } from './end-with.ts';
export { bearer, takeApart, type OwnHeaders } from './identity.ts';
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
export { createRetries, mayRetry, type RetriedCall, type Retries } from './retry.ts';
export {
  DEFAULT_RETRY_BUDGET,
  createRetryBudget,
  type RetryBudget,
  type RetryBudgetOptions,
} from '../../resilience/index.ts';
export {
  DEFAULT_RETRY,
  decideRetry,
  type FailedAttempt,
  type RetryDecision,
  type RetryPolicy,
} from './retry-decision.ts';
