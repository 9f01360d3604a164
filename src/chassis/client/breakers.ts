import { assertNever, type Clock, type Random } from '../core/index.ts';
import type { BreakerConfig, TripConfig } from '../middleware/client/index.ts';
import {
  createAdaptiveBreaker,
  createClassicBreaker,
  failureRatio,
  failureStreak,
  type CircuitBreaker,
  type TrippingRule,
} from '../resilience/index.ts';

/** The breaker that a service config asks for. */
export function createBreaker(
  config: BreakerConfig,
  deps: { readonly clock: Clock; readonly random: Random },
): CircuitBreaker {
  switch (config.kind) {
    case 'adaptive': {
      const { kind: _kind, ...options } = config;
      return createAdaptiveBreaker(options, deps);
    }
    case 'classic': {
      const { kind: _kind, trip, ...options } = config;
      return createClassicBreaker({ ...options, ...(trip && { trip: ruleOf(trip) }) }, deps);
    }
    default:
      return assertNever(config);
  }
}

function ruleOf(trip: TripConfig): TrippingRule {
  switch (trip.kind) {
    case 'ratio':
      return failureRatio(trip);
    case 'streak':
      return failureStreak(trip);
    default:
      return assertNever(trip);
  }
}
