export {
  AttemptError,
  codeOf,
  errorOf,
  isPassedOn,
  messageOf,
  type AttemptOutcome,
  type FailedOutcome,
} from './attempt-outcome.ts';
export {
  DEFAULT_CALLING,
  DEFAULT_RETRY_CONFIG,
  type BreakerConfig,
  type CallingConfig,
  type RetryConfig,
  type TripConfig,
} from './calling-config.ts';
export type { ClientCallEvents } from './call-events.ts';
export { callOrigin, createOutgoingCall, type CallOrigin } from './create-outgoing-call.ts';
export { DEFAULT_DEADLINE, deadlineExceeded, deadlineOf, type DeadlineOptions } from './deadline.ts';
export { endWith } from './end-with.ts';
export { toAppError } from './error-mapping.ts';
export { DEFAULT_HEDGING, type HedgingPolicy } from './hedging.ts';
export { bearer, takeApart, withBaggage, type OwnHeaders } from './identity.ts';
export { createLatencyQuantile, type LatencyQuantile } from './latency-quantile.ts';
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
  type Fallback,
  type OutgoingCall,
  type TokenSource,
} from './outgoing-call.ts';
export { createRetries, mayRetry, type Retried, type RetriedCall, type Retries } from './retry.ts';
export {
  DEFAULT_RETRY,
  decideRetry,
  isSpent,
  type FailedAttempt,
  type RetryDecision,
  type RetryPolicy,
  type RetryStop,
} from './retry-decision.ts';
export { NO_TIMEOUTS, shorterOf, timeoutsOf, type MethodTimeouts, type Timeouts } from './timeouts.ts';
