import { createEmitter, type Clock } from '../core/index.ts';
import {
  breakerPolicy,
  bulkheadPolicy,
  createBulkhead,
  createClassicBreaker,
  failureRatio,
  wrap,
  type BulkheadOptions,
  type CircuitBreaker,
  type GuardStatus,
  type Guarded,
  type Policy,
  type PolicyEvents,
  type TrippingRule,
} from '../resilience/index.ts';

/** How an outside system is guarded. */
export interface OutboundGuardOptions extends BulkheadOptions {
  /** The part of a route's requests that must fail before none is sent on it any more, more than 0 and at most 1. */
  readonly failureRatio: number;
  /** How long none is sent then, in milliseconds; after that one at a time finds out. */
  readonly openMs: number;
}

/**
 * Decides which requests to an outside system are sent: so many at a time, over all routes, and none for a while on a route
 * where most failed. A breaker for each route, because one order whose refund fails for ever must not keep others from
 * paying. No retries: who asks repeats.
 */
export interface OutboundGuard extends Guarded {
  /** For the requests of one route. There are as many as the code knows, never one for each id. */
  policyOf(route: string): Policy;
  status(): GuardStatus;
}

/**
 * A tenth of what a route usually sees in ten seconds must have been answered or failed before it is judged: a second of a
 * busy route, and 20 requests of a quiet one.
 */
const MINIMUM_VOLUME = { share: 0.1, atLeast: 20, atMost: 500 };

/** Probes that must succeed. */
const SUCCESSES_TO_CLOSE = 2;

/** Makes the guard of one system, as errors name it. Throws RangeError, with the field's name, for options that make no sense. */
export function createOutboundGuard(
  subject: string,
  options: OutboundGuardOptions,
  { clock }: { readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'> },
): OutboundGuard {
  const { failureRatio: ratio, openMs, maxConcurrent, maxQueued } = options;
  const trip: TrippingRule = failureRatio({ ratio, minimumVolume: MINIMUM_VOLUME });
  const events = createEmitter<PolicyEvents>();
  const bulkhead = createBulkhead(subject, { maxConcurrent, maxQueued }, { clock });
  const places = bulkheadPolicy(bulkhead);
  const routes = new Map<string, { readonly breaker: CircuitBreaker; readonly policy: Policy }>();
  places.events.on('rejected', (event) => events.emit('rejected', event));

  const open = (route: string) => {
    const breaker = createClassicBreaker({ trip, openMs, successesToClose: SUCCESSES_TO_CLOSE }, { clock });
    const asked = breakerPolicy(breaker, { subject: `${subject}, ${route}` });
    asked.events.on('rejected', (event) => events.emit('rejected', event));
    asked.events.on('breakerChanged', (event) => events.emit('breakerChanged', event));
    return { breaker, policy: wrap(asked, places) };
  };
  return {
    events,
    policyOf(route) {
      const known = routes.get(route) ?? open(route);
      routes.set(route, known);
      return known.policy;
    },
    status: () => ({
      bulkheads: [bulkhead.status],
      breakers: [...routes].map(([route, { breaker }]) => ({
        subject: route,
        state: breaker.state,
        rejections: breaker.rejections,
      })),
    }),
  };
}
