export { DEFAULT_ADAPTIVE_BREAKER, createAdaptiveBreaker, type AdaptiveBreakerOptions } from './adaptive-breaker.ts';
export {
  DEFAULT_BULKHEAD,
  createBulkhead,
  type Bulkhead,
  type BulkheadOptions,
  type BulkheadStatus,
  type BulkheadWait,
} from './bulkhead.ts';
export { checkNumber, type NumberRange } from './check-number.ts';
export type { BreakerEvents, BreakerOutcome, BreakerState, CircuitBreaker } from './circuit-breaker.ts';
export { DEFAULT_CLASSIC_BREAKER, createClassicBreaker, type ClassicBreakerOptions } from './classic-breaker.ts';
export type { BreakerCounts, CountWindowOptions } from './count-window.ts';
export { isOwnRejection, isUnavailability, outcomeOf, outcomeOfStatus } from './outcome.ts';
export { breakerPolicy, type BreakerPolicyOptions } from './policies/breaker-policy.ts';
export { bulkheadPolicy } from './policies/bulkhead-policy.ts';
export { fallbackPolicy, type FallbackPolicyOptions } from './policies/fallback-policy.ts';
export type { BreakerStatus, GuardStatus, Guarded } from './policies/guarded.ts';
export { hedgePolicy, type HedgePolicyOptions } from './policies/hedge-policy.ts';
export type { Policy, PolicyEvents, Work, WorkContext } from './policies/policy.ts';
export { rateLimitPolicy } from './policies/rate-limit-policy.ts';
export { DEFAULT_RETRY_POLICY, retryPolicy, type RetryPolicyOptions } from './policies/retry-policy.ts';
export { timeoutPolicy } from './policies/timeout-policy.ts';
export { wrap } from './policies/wrap.ts';
export {
  REJECTION_REASONS,
  bulkheadFull,
  circuitOpen,
  overloaded,
  rateLimited,
  type RejectionReason,
} from './rejections.ts';
export { DEFAULT_RETRY_BUDGET, createRetryBudget, type RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
export { retryDelayMs } from './retry-delay.ts';
export { createTokenBucket, type TokenBucket, type TokenBucketOptions } from './token-bucket.ts';
export {
  DEFAULT_FAILURE_RATIO,
  DEFAULT_TRAFFIC_SHARE,
  failureRatio,
  failureStreak,
  type FailureRatioOptions,
  type TrafficShare,
  type TrippingRule,
} from './tripping-rules.ts';
