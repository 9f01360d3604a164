import { composeClientMiddleware, type ClientMiddleware } from 'nice-grpc-common';

import type { Clock, Emitter, NewId } from '../../core/index.ts';
import type { CallTracer } from '../../tracing/index.ts';
import { createAttemptMiddleware } from './attempt.ts';
import { createCallContextMiddleware } from './call-context.ts';
import { createCallEventsMiddleware, type ClientCallEvents } from './call-events.ts';
import { createDeadlineMiddleware, type DeadlineOptions } from './deadline.ts';
import { errorMapping } from './error-mapping.ts';
import type { ChainOptions } from './outgoing-call.ts';
import { createTracingMiddleware } from './tracing.ts';

/** What the client middleware of one target are made with. */
export interface ClientMiddlewareDeps {
  readonly events: Emitter<ClientCallEvents>;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly deadline: DeadlineOptions;
  readonly tracing: CallTracer;
  /** Lets a call through to its target, or refuses it: the breaker of its method and the bulkhead of the target. */
  readonly admission: ChassisClientMiddleware;
}

/** A middleware as nice-grpc types it, over the chassis's call options. */
export type ChassisClientMiddleware = ClientMiddleware<object, ChainOptions>;

/** One link of the chain. */
export interface NamedMiddleware {
  readonly name: string;
  readonly middleware: ChassisClientMiddleware;
}

/**
 * The order of every streaming call, outermost first; the pick stands below the last. `admission` and `context` stand below
 * `deadline` because a place and a token may have to be waited for. Unary calls go through the same parts in one function.
 */
export function clientMiddleware(deps: ClientMiddlewareDeps): readonly NamedMiddleware[] {
  const { events, clock, newId, deadline, tracing, admission } = deps;
  return [
    { name: 'events', middleware: createCallEventsMiddleware(events, clock) },
    { name: 'errors', middleware: errorMapping },
    { name: 'deadline', middleware: createDeadlineMiddleware(deadline, clock) },
    { name: 'admission', middleware: admission },
    { name: 'context', middleware: createCallContextMiddleware(newId) },
    { name: 'attempt', middleware: createAttemptMiddleware(clock) },
    { name: 'tracing', middleware: createTracingMiddleware(tracing) },
  ];
}

/** One middleware that runs all of them; nice-grpc's own composition takes the innermost first. */
export function composeOutermostFirst(chain: readonly NamedMiddleware[]): ChassisClientMiddleware {
  return chain
    .map(({ middleware }) => middleware)
    .reduceRight((inner, outer) => composeClientMiddleware<object, object, ChainOptions>(inner, outer));
}
