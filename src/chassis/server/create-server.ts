import { ServerCredentials } from '@grpc/grpc-js';
import { trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { createServer as createNiceServer } from 'nice-grpc';

import { HealthDefinition } from '../../../gen/health/v1/health.ts';
import type { Contract } from '../contract/index.ts';
import { AppError, createEmitter, newId, systemClock, type Clock, type Events, type NewId } from '../core/index.ts';
import { createHealth, type Health } from '../health/index.ts';
import { createInFlight, type ServerCallEvents, type Tracing, type VerifyToken } from '../middleware/server/index.ts';
import { compileRequests, createValidator } from '../validation/index.ts';
import { bind, type ServiceBinding } from './binding.ts';
import { infrastructureChain, serviceChain, type ChainParts } from './chain.ts';
import { drainServer, type DrainOptions } from './drain.ts';
import { deadlineInterceptor } from './interceptors.ts';
import { DEFAULT_SERVER_LIMITS, channelOptionsOf, type ServerLimits } from './limits.ts';
import { REFLECTION_DEFINITIONS, createReflection } from './reflection.ts';
import { guardWire } from './wire-guard.ts';

/** What a server is made of. */
export interface ServerOptions {
  /** "order": its errors' domain is "order.tradewind". */
  readonly process: string;
  readonly services: readonly ServiceBinding[];
  readonly contract: Contract;
  /** Verifies bearer tokens; without it every call that carries one is refused. */
  readonly verify?: VerifyToken;
  /** Default: spans go to the globally registered tracer provider. */
  readonly tracing?: Tracing;
  readonly limits?: Partial<ServerLimits>;
  readonly clock?: Clock;
  readonly newId?: NewId;
}

/** A gRPC server with health, reflection and the chassis's middleware. */
export interface Server extends AsyncDisposable {
  readonly events: Events<ServerCallEvents>;
  readonly health: Health;
  /** Full names of what is bound, without health and reflection. */
  readonly services: readonly string[];
  /** Starts to listen; resolves to the port. Rejects when the address is taken. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Empties and ends the server within the limits, whatever callers do. Idempotent. */
  drain(options: DrainOptions): Promise<void>;
  /** Drains without waiting for anybody. */
  close(): Promise<void>;
}

/**
 * Builds the one kind of server there is. Throws UnsupportedRuleError when the contract of a bound service has a
 * validation rule that is not implemented.
 */
export function createServer(options: ServerOptions): Server {
  const clock = options.clock ?? systemClock;
  const events = createEmitter<ServerCallEvents>();
  const services = options.services.map((service) => service.definition.fullName);
  const health = createHealth(services);
  const inFlight = createInFlight();
  const parts: ChainParts = {
    domain: `${options.process}.tradewind`,
    inFlight,
    newId: options.newId ?? newId,
    clock,
    tracing: options.tracing ?? defaultTracing(),
    events,
    verify: options.verify ?? refuseTokens,
    contract: options.contract,
    rules: compileRequests(options.contract, services, createValidator({ clock })),
  };
  const server = createNiceServer({
    ...channelOptionsOf({ ...DEFAULT_SERVER_LIMITS, ...options.limits }),
    interceptors: [deadlineInterceptor(clock)],
  });
  const business = server.with(serviceChain(parts));
  for (const { definition, implementation } of options.services) business.add(definition, implementation);

  const infrastructure = server.with(infrastructureChain(parts));
  const healthBinding = bind(HealthDefinition, health.implementation);
  infrastructure.add(healthBinding.definition, healthBinding.implementation);
  const reflection = createReflection(options.contract, [...services, HealthDefinition.fullName]);
  for (const definition of REFLECTION_DEFINITIONS) infrastructure.add(definition, reflection);

  let unguard: (() => void) | undefined;
  const listen = async ({ host, port }: { readonly host: string; readonly port: number }) => {
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const bound = await server.listen(address, ServerCredentials.createInsecure());
    unguard = guardWire(bound);
    return bound;
  };

  let draining: Promise<void> | undefined;
  const drain = (limits: DrainOptions) => {
    health.set('not-serving');
    draining ??= drainServer(server, inFlight, clock, limits).finally(() => unguard?.());
    return draining;
  };
  const close = () => drain({ streamTimeoutMs: 0, timeoutMs: 0 });
  return {
    events,
    health,
    services,
    listen,
    drain,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function defaultTracing(): Tracing {
  return { tracer: trace.getTracer('tradewind'), propagator: new W3CTraceContextPropagator() };
}

async function refuseTokens(): Promise<never> {
  throw new AppError({
    status: 'UNAUTHENTICATED',
    reason: 'UNAUTHENTICATED',
    message: 'this process cannot verify tokens',
    domain: 'tradewind',
  });
}
