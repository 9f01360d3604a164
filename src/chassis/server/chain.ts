import { composeServerMiddleware, type ServerMiddleware } from 'nice-grpc-common';

import type { Contract } from '../contract/index.ts';
import type { Clock, Emitter, NewId } from '../core/index.ts';
import {
  accessMiddleware,
  authenticationMiddleware,
  callContextMiddleware,
  callEventsMiddleware,
  deadlineMiddleware,
  errorMappingMiddleware,
  tracingMiddleware,
  validationMiddleware,
  wireMiddleware,
  type InFlight,
  type ServerCallEvents,
  type Tracing,
  type VerifyToken,
} from '../middleware/server/index.ts';
import type { Validate } from '../validation/index.ts';

/** What the middlewares of one server are made of. */
export interface ChainParts {
  readonly domain: string;
  readonly inFlight: InFlight;
  readonly newId: NewId;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly tracing: Tracing;
  readonly events: Emitter<ServerCallEvents>;
  readonly verify: VerifyToken;
  readonly contract: Pick<Contract, 'method'>;
  readonly rules: ReadonlyMap<string, Validate>;
}

/**
 * The server's middlewares, outermost first. Why this order: errors are mapped last of all, whoever throws; in-flight
 * counts a call until its answer is ready; the context exists before anything logs; events see what the caller is told;
 * nothing is verified or validated for a caller that no longer waits.
 */
export const SERVER_MIDDLEWARE = {
  errorMapping: ({ domain }) => errorMappingMiddleware(domain),
  inFlight: ({ inFlight }) => inFlight.middleware,
  callContext: ({ newId }) => callContextMiddleware(newId),
  tracing: ({ tracing }) => tracingMiddleware(tracing),
  callEvents: ({ events, clock }) => callEventsMiddleware(events, clock),
  wire: () => wireMiddleware(),
  deadline: ({ clock }) => deadlineMiddleware(clock),
  authentication: ({ verify }) => authenticationMiddleware(verify),
  access: ({ contract }) => accessMiddleware(contract),
  validation: ({ rules }) => validationMiddleware(rules),
} as const satisfies Readonly<Record<string, (parts: ChainParts) => ServerMiddleware>>;

type MiddlewareName = keyof typeof SERVER_MIDDLEWARE;

/** What health and reflection need of it: they are no business calls, and asked too often to be traced or logged. */
const INFRASTRUCTURE: readonly MiddlewareName[] = ['errorMapping', 'inFlight', 'callContext'];

/** The chain of a business service. */
export function serviceChain(parts: ChainParts): ServerMiddleware {
  return compose(Object.values(SERVER_MIDDLEWARE).map((make) => make(parts)));
}

/** The chain of health and reflection. */
export function infrastructureChain(parts: ChainParts): ServerMiddleware {
  return compose(INFRASTRUCTURE.map((name) => SERVER_MIDDLEWARE[name](parts)));
}

function compose(chain: readonly ServerMiddleware[]): ServerMiddleware {
  return chain.reduce((outer, inner) => composeServerMiddleware(outer, inner));
}
