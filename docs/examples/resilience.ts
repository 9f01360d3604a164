// The running code of docs/resilience.md. tests/unit/chassis/resilience/guide.test.ts runs it, and checks that the page quotes it.
import type { Clock, Random } from '../../src/chassis/core/index.ts';
import {
  breakerPolicy,
  bulkheadPolicy,
  createAdaptiveBreaker,
  createBulkhead,
  createClassicBreaker,
  createRetryBudget,
  createTokenBucket,
  failureRatio,
  fallbackPolicy,
  hedgePolicy,
  outcomeOf,
  rateLimitPolicy,
  rateLimited,
  retryPolicy,
  timeoutPolicy,
  wrap,
  type Policy,
} from '../../src/chassis/resilience/index.ts';

/** Somebody outside who tells exchange rates: slow at times, away at times. */
export interface RateService {
  rate(currency: string, options: { readonly signal: AbortSignal | undefined }): Promise<number>;
}

/** Time and chance, so that a test can own them; every part has the machine's own as its default. */
export interface Time {
  readonly clock: Clock;
  readonly random: Random;
}

// region wrap
/** Made once, and shared by every call: what it counts, it counts over all of them. */
export function createRates(service: RateService, time?: Time) {
  const subject = 'the rate service';
  const policy = wrap(
    retryPolicy({ maxAttempts: 3 }, time),
    breakerPolicy(createClassicBreaker({}, time), { subject }),
    bulkheadPolicy(createBulkhead(subject, { maxConcurrent: 10, maxQueued: 50 }, time)),
    timeoutPolicy(500, time),
  );
  return {
    policy,
    rate: (currency: string, signal?: AbortSignal) =>
      policy.execute((attempt) => service.rate(currency, { signal: attempt.signal }), { signal }),
  };
}
// endregion

// region retry
/** Three tries at most; over all calls no more than one retry for five calls, and ten a second. */
export function retrying(time: Time): Policy {
  const budget = createRetryBudget({ ratio: 0.2, perSecond: 10, capacity: 100 }, time.clock);
  return retryPolicy({ maxAttempts: 3, baseMs: 50, maxMs: 2_000, budget }, time);
}
// endregion

// region classic
/** Opens when half of the calls of the last ten seconds failed; after five seconds three probes, one by one, must succeed. */
export function withClassicBreaker(time: Time): Policy {
  const trip = failureRatio({ ratio: 0.5, minimumVolume: { share: 0.1, atLeast: 20, atMost: 500 } });
  const breaker = createClassicBreaker({ trip, windowMs: 10_000, openMs: 5_000, successesToClose: 3 }, time);
  return breakerPolicy(breaker, { subject: 'the rate service' });
}
// endregion

// region adaptive
/** Sends the service twice what it answers, and no more. */
export function withAdaptiveBreaker(time: Time): Policy {
  return breakerPolicy(createAdaptiveBreaker({ callsPerAccept: 2 }, time), { subject: 'the rate service' });
}
// endregion

// region bulkhead
/** Ten calls at a time; fifty may wait for a place, each until its deadline. */
export function withBulkhead(time: Time): Policy {
  return bulkheadPolicy(createBulkhead('the rate service', { maxConcurrent: 10, maxQueued: 50 }, time));
}
// endregion

// region rate-limit
/** A hundred calls a second, and twenty at once. */
export function withRateLimit(time: Time): Policy {
  const bucket = createTokenBucket({ ratePerSecond: 100, burst: 20 }, time);
  return rateLimitPolicy(bucket, { subject: 'calls to the rate service' });
}
// endregion

// region hedge
/** A second try beside one that takes longer than 95 of 100; the first answer wins, and the other is cancelled. */
export function withHedge(time: Time & { readonly p95Ms: () => number }): Policy {
  return hedgePolicy({ afterMs: time.p95Ms }, time);
}
// endregion

// region fallback
/** Yesterday's rate where today's cannot be had. */
export function orYesterdays(yesterday: number): Policy<number> {
  return fallbackPolicy({ value: () => yesterday });
}
// endregion

// region synchronous
/** The same without a promise of ours, where nanoseconds matter: ask, do, and tell how it went, exactly once. */
export function createCounter(time: Time) {
  const breaker = createClassicBreaker({}, time);
  const bucket = createTokenBucket({ ratePerSecond: 100, burst: 20 }, time);
  return function count(read: () => number): number | undefined {
    if (!bucket.tryTake()) throw rateLimited('counts', bucket.retryAfterMs);
    const generation = breaker.tryEnter();
    if (generation === undefined) return undefined;
    try {
      const value = read();
      breaker.record(generation, 'success');
      return value;
    } catch (error) {
      breaker.record(generation, outcomeOf(error));
      throw error;
    }
  };
}
// endregion
