import { systemClock } from '../../../src/chassis/core/index.ts';
import {
  breakerPolicy,
  bulkheadPolicy,
  createAdaptiveBreaker,
  createBulkhead,
  createClassicBreaker,
  createRetryBudget,
  createTokenBucket,
  fallbackPolicy,
  hedgePolicy,
  rateLimitPolicy,
  retryPolicy,
  timeoutPolicy,
  wrap,
  type CircuitBreaker,
} from '../../../src/chassis/resilience/index.ts';
import { aroundPromise, synchronous, type Subject } from './subject.ts';

const TIMEOUT_MS = 1_000;
const PLACES = { maxConcurrent: 64, maxQueued: 64 };
const PLENTY = { ratePerSecond: 1e9, burst: 1e9 };
const BUDGET = { ratio: 0.2, perSecond: 10, capacity: 500 };

/** The synchronous faces, as the call path uses them: in and out again, all being well. */
export function synchronousSubjects(): readonly Subject[] {
  const bulkhead = createBulkhead('x', PLACES);
  const bucket = createTokenBucket(PLENTY);
  const budget = createRetryBudget(BUDGET, systemClock);
  return [
    synchronous('sync/adaptive-breaker', passing(createAdaptiveBreaker({}))),
    synchronous('sync/classic-breaker', passing(createClassicBreaker({}))),
    synchronous('sync/bulkhead', () => {
      if (!bulkhead.tryEnter()) throw new Error('there is room');
      bulkhead.leave();
    }),
    synchronous('sync/token-bucket', () => {
      if (!bucket.tryTake()) throw new Error('there are tokens');
    }),
    synchronous('sync/retry-budget', () => budget.deposit()),
  ];
}

function passing(breaker: CircuitBreaker): () => void {
  return () => {
    const generation = breaker.tryEnter();
    if (generation === undefined) throw new Error('all is well');
    breaker.record(generation, 'success');
  };
}

/** The policies around a promise, alone and as a chain. */
export function policySubjects(): readonly Subject[] {
  const subject = 'x';
  const chain = wrap(
    retryPolicy({ maxAttempts: 3, budget: createRetryBudget(BUDGET, systemClock) }),
    breakerPolicy(createClassicBreaker({}), { subject }),
    bulkheadPolicy(createBulkhead(subject, PLACES)),
    timeoutPolicy(TIMEOUT_MS),
  );
  return [
    aroundPromise('tradewind/retry', retryPolicy({ maxAttempts: 3 })),
    aroundPromise('tradewind/breaker', breakerPolicy(createClassicBreaker({}), { subject })),
    aroundPromise('tradewind/breaker-adaptive', breakerPolicy(createAdaptiveBreaker({}), { subject })),
    aroundPromise('tradewind/bulkhead', bulkheadPolicy(createBulkhead(subject, PLACES))),
    aroundPromise('tradewind/timeout', timeoutPolicy(TIMEOUT_MS)),
    aroundPromise('tradewind/fallback', fallbackPolicy({ value: () => 0 })),
    aroundPromise('tradewind/rate-limit', rateLimitPolicy(createTokenBucket(PLENTY), { subject })),
    aroundPromise('tradewind/hedge', hedgePolicy({ afterMs: TIMEOUT_MS })),
    aroundPromise('tradewind/chain', chain),
  ];
}
