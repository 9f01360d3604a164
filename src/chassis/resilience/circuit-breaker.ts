import type { Events } from '../core/index.ts';

/**
 * What a breaker does at the moment. The classic one is closed, open or half-open; the adaptive one is closed or throttling.
 */
export type BreakerState =
  | { readonly kind: 'closed' }
  /** Nothing passes before this instant on the monotonic clock. */
  | { readonly kind: 'open'; readonly untilMs: number }
  /** One call at a time finds out how things are; so many have succeeded in a row. */
  | { readonly kind: 'halfOpen'; readonly successes: number; readonly isProbing: boolean }
  /** Calls are refused with this probability, less than 1. */
  | { readonly kind: 'throttling'; readonly rejectProbability: number };

/**
 * How a call that was let through ended: `ignored` says nothing about the callee, as when the caller gave up. `outcomeOf`
 * reads it from an error.
 */
export type BreakerOutcome = 'success' | 'failure' | 'ignored';

/** What a breaker tells. */
export interface BreakerEvents {
  readonly stateChanged: { readonly from: BreakerState['kind']; readonly to: BreakerState['kind'] };
}

/**
 * Keeps calls away from who cannot answer them. Whoever is let in gives the generation back with how it went, exactly once;
 * a result from an older generation, from before the breaker last made up its mind, does not count. Both methods read the
 * clock themselves unless given the time, and allocate nothing while all is well.
 */
export interface CircuitBreaker {
  readonly events: Events<BreakerEvents>;
  readonly state: BreakerState;
  /** Calls refused since it was made. */
  readonly rejections: number;
  /** How long until a call has a chance, in milliseconds; for RetryInfo. 0 where it may pass at once. */
  readonly retryAfterMs: number;
  /** The generation, to be given back; undefined: refused. `nowMs` is on the monotonic clock. */
  tryEnter(nowMs?: number): number | undefined;
  record(generation: number, outcome: BreakerOutcome, nowMs?: number): void;
}
