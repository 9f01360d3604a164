import { Server as GrpcServer, ServerCredentials, type Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { trace } from '@opentelemetry/api';

import { HealthDefinition } from '../../../gen/health/v1/health.ts';
import type { Contract } from '../contract/index.ts';
import {
  AppError,
  createDeadlineWheel,
  createEmitter,
  newId as systemNewId,
  systemClock,
  systemRandom,
  type Clock,
  type Events,
  type NewId,
} from '../core/index.ts';
import type { ProcessIdentity } from '../identity/index.ts';
import { createHealth, type Health, type HealthMonitor } from '../health/index.ts';
import {
  createAdmission,
  createCallLimits,
  createInFlight,
  type CallLimits,
  type ServerCallEvents,
  type VerifyToken,
} from '../middleware/server/index.ts';
import {
  DEFAULT_SHEDDING,
  createEventLoopLoad,
  createLoadShedder,
  createTurnClock,
  type LoadSampler,
  type LoadShedder,
  type SheddingOptions,
} from '../shedding/index.ts';
import { createCallTracer, type CallTracer } from '../tracing/index.ts';
import {
  createMessageEncoder,
  createTransportService,
  type TransportStats,
  type UnaryTransport,
} from '../transport/index.ts';
import { compileRequests, createValidator } from '../validation/index.ts';
import { bind, type ServiceBinding } from './binding.ts';
import { createCallerHeader } from './caller-header.ts';
import { createChains } from './chain.ts';
import { drainServer, type DrainOptions } from './drain.ts';
import { DEFAULT_SERVER_LIMITS, channelOptionsOf, type ServerLimits } from './limits.ts';
import { createMethods } from './methods.ts';
import { answerPlainUnary } from './plain-unary.ts';
import { createReflection } from './reflection.ts';
import { listenSecurely, type SecureListener } from './secure-listener.ts';
import { guardWire } from './wire-guard.ts';

/** How unary calls may come: each on a stream of its own, or many on a shared one. */
export type ServerTransport = UnaryTransport['name'];

/** What a server offers unless it is told otherwise. */
export const DEFAULT_SERVER_TRANSPORTS: readonly ServerTransport[] = ['plain', 'multiplexed'];

/** What a server is made of. */
export interface ServerOptions {
  /** "order": its errors' domain is "order.tradewind". */
  readonly process: string;
  readonly services: readonly ServiceBinding[];
  readonly contract: Contract;
  /** Verifies bearer tokens; without it every call that carries one is refused. */
  readonly verify?: VerifyToken;
  /**
   * Who the process is: the server then speaks TLS 1.3 alone, shows this certificate and lets in nobody without one of its
   * own; each call has its `caller`. Default: plain text, and nobody knows who calls. Its owner closes it after the server.
   */
  readonly identity?: ProcessIdentity | undefined;
  /** Default: spans go to the globally registered tracer provider. */
  readonly tracing?: CallTracer;
  /** Default: both. Plain calls are served in any case: streams, foreign peers and large messages need them. */
  readonly transports?: readonly ServerTransport[];
  readonly limits?: Partial<ServerLimits>;
  /** What the process stands on: it is not serving while any of it is unhealthy. Default: it serves when it is told to. */
  readonly components?: Pick<HealthMonitor, 'report' | 'events'>;
  /** When calls are refused for load. Default: DEFAULT_SHEDDING; false: never. */
  readonly shedding?: SheddingOptions | false;
  /** What tells how busy the process is; closed with the server. Default: this thread's event loop. */
  readonly load?: LoadSampler;
  readonly clock?: Clock;
  readonly newId?: NewId;
}

/** A gRPC server with health, reflection and the chassis's middleware. */
export interface Server extends AsyncDisposable {
  readonly events: Events<ServerCallEvents>;
  readonly health: Health;
  /** Full names of what is bound, without health and reflection. */
  readonly services: readonly string[];
  /** For the registry: what clients may choose from. */
  readonly transports: readonly ServerTransport[];
  /** What goes on on the streams that callers share; undefined: none are offered. */
  readonly sharedStreams: Readonly<TransportStats> | undefined;
  /** What decides which calls are taken when there are too many. */
  readonly shedder: LoadShedder;
  /** What may be asked of it; nothing is limited at first. */
  readonly callLimits: CallLimits;
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
  const { clock = systemClock, identity } = options;
  const callerHeader = identity && createCallerHeader(systemNewId());
  const callerOf = (headers: GrpcMetadata) => callerHeader?.callerOf(headers);
  const transports = options.transports ?? DEFAULT_SERVER_TRANSPORTS;
  const limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
  const events = createEmitter<ServerCallEvents>();
  const services = options.services.map((service) => service.fullName);
  const health = createHealth(services, options.components);
  const inFlight = createInFlight();
  const callLimits = createCallLimits(events, clock);
  const deadlines = createDeadlineWheel(clock);
  const domain = `${options.process}.tradewind`;
  const load = options.load ?? createEventLoopLoad();
  const shedder = createLoadShedder(options.shedding ?? DEFAULT_SHEDDING, { clock, load, turn: createTurnClock() });
  const { dispatcher, services: methods } = createMethods(
    {
      business: options.services,
      infrastructure: [
        bind(HealthDefinition, health.implementation),
        ...createReflection(options.contract, [...services, HealthDefinition.fullName]),
      ],
    },
    {
      chainOf: createChains({
        inFlight,
        callLimits,
        clock,
        tracing: options.tracing ?? createCallTracer({ tracer: trace.getTracer('tradewind'), random: systemRandom }),
        events,
        verify: options.verify ?? refuseTokens,
      }),
      admission: createAdmission({ shedder, events, domain }),
      domain,
      newId: options.newId ?? systemNewId,
      contract: options.contract,
      rules: compileRequests(options.contract, services, createValidator({ clock })),
      clock,
      encode: createMessageEncoder(),
      callerOf,
    },
  );
  const grpc = new GrpcServer({
    ...channelOptionsOf(limits),
    interceptors: [answerPlainUnary({ dispatcher, clock, deadlines, callerOf })],
  });
  for (const { definition, implementation } of methods) grpc.addService(definition, implementation);
  const transport = transports.includes('multiplexed')
    ? createTransportService({
        ...{ dispatcher, clock, limits: transportLimits(limits) },
        callerOf: ({ metadata }) => callerOf(metadata),
      })
    : undefined;
  if (transport !== undefined) grpc.addService(transport.definition, transport.implementation);

  let unguard: (() => void) | undefined;
  let secure: SecureListener | undefined;
  const listen = async (address: { readonly host: string; readonly port: number }) => {
    if (identity !== undefined) secure = await listenSecurely(grpc, identity, address);
    const port = secure?.port ?? (await bindTo(grpc, address));
    unguard = guardWire({
      ...{ port, caller: callerHeader },
      keepsDeadline: (path) => dispatcher.find(path) !== undefined,
    });
    return port;
  };

  let draining: Promise<void> | undefined;
  const drain = (drainOptions: DrainOptions) => {
    secure?.stop();
    draining ??= drainServer({ grpc, transport, inFlight, health, clock }, drainOptions).finally(() => {
      secure?.close();
      unguard?.();
      deadlines.close();
      load.close();
    });
    return draining;
  };
  const close = () => drain({ streamTimeoutMs: 0, timeoutMs: 0 });
  return {
    events,
    health,
    services,
    shedder,
    callLimits,
    transports,
    sharedStreams: transport?.stats,
    listen,
    drain,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function bindTo(grpc: GrpcServer, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    grpc.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
}

function transportLimits({ maxRequestBytes, maxResponseBytes, maxConcurrentStreams }: ServerLimits) {
  return { maxRequestBytes, maxResponseBytes, maxConcurrentCalls: maxConcurrentStreams };
}

async function refuseTokens(): Promise<never> {
  throw new AppError({
    status: 'UNAUTHENTICATED',
    reason: 'UNAUTHENTICATED',
    message: 'this process cannot verify tokens',
    domain: 'tradewind',
  });
}
