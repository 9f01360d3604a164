import type { TextMapPropagator, Tracer } from '@opentelemetry/api';
import { composeClientMiddleware, type ClientMiddleware } from 'nice-grpc-common';

import type { Clock, Emitter, NewId, Random } from '../../core/index.ts';
import { createAttemptMiddleware } from './attempt.ts';
import { createCallContextMiddleware } from './call-context.ts';
import { createCallEventsMiddleware, type ClientCallEvents } from './call-events.ts';
import { createDeadlineMiddleware, type DeadlineOptions } from './deadline.ts';
import { errorMapping } from './error-mapping.ts';
import type { ChainOptions } from './outgoing-call.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { RetryPolicy } from './retry-decision.ts';
import { createRetryMiddleware } from './retry.ts';
import { createTracingMiddleware } from './tracing.ts';

/** What the client middleware of one target are made with. */
export interface ClientMiddlewareDeps {
  readonly events: Emitter<ClientCallEvents>;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly deadline: DeadlineOptions;
  readonly retry: RetryPolicy;
  /** One per target. */
  readonly budget: RetryBudget;
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
}

/** A middleware as nice-grpc types it, over the chassis's call options. */
export type ChassisClientMiddleware = ClientMiddleware<object, ChainOptions>;

/** One link of the chain. */
export interface NamedMiddleware {
  readonly name: string;
  readonly middleware: ChassisClientMiddleware;
}

/**
 * The order of every client, outermost first; the pick stands below the last. What follows `retry` runs once per attempt.
 * `context` stands below `deadline` because a token may have to be waited for.
 */
export function clientMiddleware(deps: ClientMiddlewareDeps): readonly NamedMiddleware[] {
  const { events, clock, random, newId, deadline, retry, budget, tracer, propagator } = deps;
  return [
    { name: 'events', middleware: createCallEventsMiddleware(events, clock) },
    { name: 'errors', middleware: errorMapping },
    { name: 'deadline', middleware: createDeadlineMiddleware(deadline, clock) },
    { name: 'context', middleware: createCallContextMiddleware(newId) },
    { name: 'retry', middleware: createRetryMiddleware({ policy: retry, budget, clock, random }) },
    { name: 'attempt', middleware: createAttemptMiddleware(clock) },
    { name: 'tracing', middleware: createTracingMiddleware(tracer, propagator) },
  ];
}

/** One middleware that runs all of them; nice-grpc's own composition takes the innermost first. */
export function composeOutermostFirst(chain: readonly NamedMiddleware[]): ChassisClientMiddleware {
  return chain
    .map(({ middleware }) => middleware)
    .reduceRight((inner, outer) => composeClientMiddleware<object, object, ChainOptions>(inner, outer));
}
