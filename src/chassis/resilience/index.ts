export { DEFAULT_ADAPTIVE_BREAKER, createAdaptiveBreaker, type AdaptiveBreakerOptions } from './adaptive-breaker.ts';
export {
  DEFAULT_BULKHEAD,
  createBulkhead,
  type Bulkhead,
  type BulkheadOptions,
  type BulkheadStatus,
  type BulkheadWait,
} from './bulkhead.ts';
export type { BreakerEvents, BreakerOutcome, BreakerState, CircuitBreaker } from './circuit-breaker.ts';
export { DEFAULT_CLASSIC_BREAKER, createClassicBreaker, type ClassicBreakerOptions } from './classic-breaker.ts';
export type { BreakerCounts, CountWindowOptions } from './count-window.ts';
export { outcomeOf, outcomeOfStatus } from './outcome.ts';
export {
  REJECTION_REASONS,
  bulkheadFull,
  circuitOpen,
  overloaded,
  rateLimited,
  type RejectionReason,
} from './rejections.ts';
export { DEFAULT_RETRY_BUDGET, createRetryBudget, type RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
export { createTokenBucket, type TokenBucket, type TokenBucketOptions } from './token-bucket.ts';
export {
  DEFAULT_FAILURE_RATIO,
  failureRatio,
  failureStreak,
  type FailureRatioOptions,
  type TrafficShare,
  type TrippingRule,
} from './tripping-rules.ts';
