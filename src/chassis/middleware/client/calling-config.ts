import {
  DEFAULT_RETRY_BUDGET,
  type AdaptiveBreakerOptions,
  type BulkheadOptions,
  type ClassicBreakerOptions,
  type FailureRatioOptions,
  type RetryBudgetOptions,
} from '../../resilience/index.ts';
import type { HedgingPolicy } from './hedging.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './retry-decision.ts';
import { NO_TIMEOUTS, type Timeouts } from './timeouts.ts';

/** When a classic breaker opens: too large a part of the calls failed, or too many in a row. */
export type TripConfig =
  ({ readonly kind: 'ratio' } & FailureRatioOptions) | { readonly kind: 'streak'; readonly failures?: number };

/** What keeps calls away from a target that cannot answer them; one for each of its methods. */
export type BreakerConfig =
  | ({ readonly kind: 'adaptive' } & AdaptiveBreakerOptions)
  | ({ readonly kind: 'classic'; readonly trip?: TripConfig | undefined } & Omit<ClassicBreakerOptions, 'trip'>);

/** Retries of one target's calls, and what they may cost it. */
export interface RetryConfig extends RetryPolicy {
  readonly budget: RetryBudgetOptions;
}

/** How the calls to one process are made; may change while calls go on. */
export interface CallingConfig {
  readonly timeouts: Timeouts;
  /** Undefined: nothing is tried again but what no handler ever saw. */
  readonly retry: RetryConfig | undefined;
  /** Undefined: nothing is hedged. */
  readonly hedging: HedgingPolicy | undefined;
  /** Undefined: every call is sent. */
  readonly breaker: BreakerConfig | undefined;
  /** Undefined: any number of calls is under way. */
  readonly bulkhead: BulkheadOptions | undefined;
}

/** At most one retry for five calls that are answered. */
export const DEFAULT_RETRY_CONFIG: RetryConfig = { ...DEFAULT_RETRY, budget: DEFAULT_RETRY_BUDGET };

/** Retries and an adaptive breaker; no hedges, and no bulkhead, because only its operator knows what a target can take. */
export const DEFAULT_CALLING: CallingConfig = {
  timeouts: NO_TIMEOUTS,
  retry: DEFAULT_RETRY_CONFIG,
  hedging: undefined,
  breaker: { kind: 'adaptive' },
  bulkhead: undefined,
};
