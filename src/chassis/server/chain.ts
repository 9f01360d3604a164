import type { Clock, Emitter } from '../core/index.ts';
import {
  access,
  callers,
  createAuthentication,
  createCallEvents,
  createDeadline,
  createTracing,
  validation,
  wire,
  type CallLimits,
  type InFlight,
  type ServedMethod,
  type ServerCallEvents,
  type ServerPart,
  type VerifyToken,
} from '../middleware/server/index.ts';
import type { CallTracer } from '../tracing/index.ts';

/** What the parts of one server's chain are made of. */
export interface ChainParts {
  readonly inFlight: InFlight;
  readonly callLimits: CallLimits;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly tracing: CallTracer;
  readonly events: Emitter<ServerCallEvents>;
  readonly verify: VerifyToken;
}

/**
 * What every call goes through, outermost first; the unary and the streaming chain are both made of this list. Around all of
 * it the call's context is opened and errors are mapped to statuses, whoever throws. Why this order: in-flight counts a call
 * until its outcome is known; a call beyond a limit is neither traced nor logged; events see what the caller is told; nothing is verified or validated for a caller that no
 * longer waits.
 */
export const SERVER_MIDDLEWARE = {
  inFlight: ({ inFlight }) => inFlight.part,
  limits: ({ callLimits }) => callLimits.part,
  tracing: ({ tracing }) => createTracing(tracing),
  callEvents: ({ events, clock }) => createCallEvents(events, clock),
  wire: () => wire,
  deadline: ({ clock }) => createDeadline(clock),
  callers: () => callers,
  authentication: ({ verify }) => createAuthentication(verify),
  access: () => access,
  validation: () => validation,
} as const satisfies Readonly<Record<string, (parts: ChainParts) => ServerPart>>;

type PartName = keyof typeof SERVER_MIDDLEWARE;

/** What health and reflection need of it: they are no business calls, and asked too often to be traced or logged. */
const INFRASTRUCTURE: readonly PartName[] = ['inFlight'];

/** The parts of a method's chain. */
export type ChainOf = (kind: ServedMethod['kind']) => readonly ServerPart[];

/** Makes the parts once, for all methods of a server. */
export function createChains(parts: ChainParts): ChainOf {
  const business = Object.values(SERVER_MIDDLEWARE).map((make) => alike(make(parts)));
  const infrastructure = INFRASTRUCTURE.map((name) => alike(SERVER_MIDDLEWARE[name](parts)));
  return (kind) => (kind === 'infrastructure' ? infrastructure : business);
}

/** All parts with the same fields in the same order: V8 then reads them without looking up where they are. */
function alike({ enter, check, leave }: ServerPart): ServerPart {
  return { enter, check, leave } as ServerPart; // undefined stands for a missing one
}
