import {
  ExponentialBackoff,
  SamplingBreaker,
  TimeoutStrategy,
  bulkhead,
  circuitBreaker,
  fallback,
  handleAll,
  retry,
  timeout,
  wrap,
} from 'cockatiel';

import { aroundPromise, type Subject } from './subject.ts';

/** The same policies by cockatiel, where it has them: its sampling breaker is the one that goes by a failure ratio. */
export function cockatielSubjects(): readonly Subject[] {
  const retrying = () => retry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() }); // retries, not tries
  const breaking = () =>
    circuitBreaker(handleAll, {
      halfOpenAfter: 5_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 }),
    });
  const housing = () => bulkhead(64, 64);
  const timing = () => timeout(1_000, TimeoutStrategy.Aggressive);
  return [
    aroundPromise('cockatiel/retry', retrying()),
    aroundPromise('cockatiel/breaker', breaking()),
    aroundPromise('cockatiel/bulkhead', housing()),
    aroundPromise('cockatiel/timeout', timing()),
    aroundPromise('cockatiel/fallback', fallback(handleAll, 0)),
    aroundPromise('cockatiel/chain', wrap(retrying(), breaking(), housing(), timing())),
  ];
}
