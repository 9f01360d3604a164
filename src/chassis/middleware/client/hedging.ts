import type { ErrorStatus } from '../../core/index.ts';

/**
 * How a slow call of a method without side effects is asked for a second time, elsewhere, beside the first. The words are
 * gRFC A6's; its fixed hedgingDelay is a quantile that is observed here.
 */
export interface HedgingPolicy {
  /** At most so many attempts are under way at once; counts the first. */
  readonly maxAttempts: number;
  /** An attempt is slow that takes longer than this part of the method's attempts did, 0 to 1. */
  readonly delayQuantile: number;
  /** No attempt is slow before, in milliseconds. */
  readonly minimumDelayMs: number;
  /** Nothing is hedged before so many attempts have been timed. */
  readonly minimumSamples: number;
  /** A hedged attempt that fails with one of these leaves the call to the others; any other answer is the call's. */
  readonly nonFatalStatusCodes: readonly ErrorStatus[];
}

/** Defaults for those who switch it on: a twentieth of the calls, none within 5 ms. */
export const DEFAULT_HEDGING: HedgingPolicy = {
  maxAttempts: 2,
  delayQuantile: 0.95,
  minimumDelayMs: 5,
  minimumSamples: 100,
  nonFatalStatusCodes: ['UNAVAILABLE', 'CANCELLED'],
};
