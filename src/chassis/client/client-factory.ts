import { trace } from '@opentelemetry/api';
import type { CallOptions, ChannelCredentials, TsProtoServiceDefinition } from 'nice-grpc';

import { createBalancer, createRoundRobin, type Balancer, type BalancingPolicy } from '../balancer/index.ts';
import { createSubchannel, type ConnectionOptions } from '../channel/index.ts';
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
  type Random,
} from '../core/index.ts';
import type { ProcessIdentity } from '../identity/index.ts';
import {
  DEFAULT_DEADLINE,
  clientMiddleware,
  composeOutermostFirst,
  createRetries,
  type ChassisCallOptions,
  type ClientCallEvents,
  type DeadlineOptions,
} from '../middleware/client/index.ts';
import type { Registry } from '../registry/index.ts';
import type { FollowedServiceConfig } from '../service-config/index.ts';
import {
  createResolver,
  formatTarget,
  parseTarget,
  processOfTarget,
  type Resolver,
  type ResolverState,
  type ResolverTrouble,
  type Target,
} from '../resolver/index.ts';
import { createCallTracer, type CallTracer } from '../tracing/index.ts';
import { createMessageEncoder } from '../transport/index.ts';
import { createAdmissionMiddleware } from './admission-middleware.ts';
import { createCallIds } from './call-ids.ts';
import { channelsOf, type TargetChannels } from './channel-status.ts';
import { createClient, type ChassisClient, type TargetParts } from './create-client.ts';
import { createTargetCalling, type TargetCalling } from './target-calling.ts';
import {
  applyServiceConfig,
  forwardEvents,
  openServiceConfig,
  type TargetConfigOptions,
  type TargetEvents,
} from './target-config.ts';
import { statusOf, type TargetStatus } from './target-status.ts';

/** What a client factory is made with. Everything but `from` has a default. */
export interface ClientFactoryOptions {
  /** The calling process, "order"; peers see it in the user agent. */
  readonly from: string;
  /** Names this copy of it among its replicas: what it connects to of a large fleet goes by that. Default: made at each start. */
  readonly instance?: string | undefined;
  /** The zone it runs in, which its calls prefer to stay in; default: none is preferred. */
  readonly zone?: string | undefined;
  /** How targets are called where the registry says nothing else. */
  readonly serviceConfig?: TargetConfigOptions['serviceConfig'];
  /** Whether unary calls share a stream, where the registry says nothing else; default auto: as each endpoint offers. */
  readonly transport?: TargetConfigOptions['transport'];
  /** Needed for targets that name a process; owned by the caller, who closes it after the factory. */
  readonly registry?: Registry | undefined;
  /** Where the last known endpoints of processes are kept, for a start without a registry; default: nowhere. */
  readonly snapshotDirectory?: string | undefined;
  /** Default: round_robin. Called once per target. */
  readonly policy?: ((random: Random) => BalancingPolicy) | undefined;
  readonly deadline?: Partial<DeadlineOptions> | undefined;
  /** How calls are tried again where no service config says it. */
  readonly retry?: TargetConfigOptions['retry'];
  readonly connection?: Partial<ConnectionOptions> | undefined;
  /**
   * Whose certificate every connection shows. Whoever answers for a target that names a process must then prove to be it;
   * at addresses (`static`, `dns`), to be who `processAt` says. Its owner closes it after the factory. Default: plain text.
   */
  readonly identity?: ProcessIdentity | undefined;
  /** Who is at a target of addresses, where there is an identity; default, and undefined: any process of the suite. */
  readonly processAt?: ((target: string) => string | undefined) | undefined;
  /** Other credentials of grpc-js, where there is no identity; default: no TLS. */
  readonly credentials?: ChannelCredentials | undefined;
  /** How long calls wait for a target's first endpoint to be known, in milliseconds; default 2,000. */
  readonly graceMs?: number | undefined;
  /** How long close() lets calls in flight end, in milliseconds; default 5,000. */
  readonly drainTimeoutMs?: number | undefined;
  /** Default: through OpenTelemetry's global tracer, whatever the application registers as that. */
  readonly tracing?: CallTracer | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly newId?: NewId | undefined;
}

/** What happens in a client factory. */
export interface ClientFactoryEvents extends ClientCallEvents, TargetEvents {
  resolved: { readonly target: string; readonly state: ResolverState };
  discoveryTrouble: ResolverTrouble & { readonly target: string };
}

/** Makes typed clients; those of one target share its connections, picker and retry budget. */
export interface ClientFactory extends AsyncDisposable {
  /**
   * A client of the service at the target, as parseTarget reads it (`etcd:///<process>`, `dns:///host:port`...); begins to connect at once.
   * `defaults` hold for each of its calls that does not say otherwise. Throws for a target that does not parse, and for
   * one that needs a registry which is not there.
   */
  client<Definition extends TsProtoServiceDefinition>(
    definition: Definition,
    target: string,
    defaults?: CallOptions & ChassisCallOptions,
  ): ChassisClient<Definition>;
  readonly events: Events<ClientFactoryEvents>;
  status(): readonly TargetStatus[];
  /** Every connection, by target. */
  channels(): readonly TargetChannels[];
  /** Lets calls in flight end within the drain time-out, cancels the rest with UNAVAILABLE, closes everything. */
  close(): Promise<void>;
}

interface OpenTarget extends TargetParts {
  readonly target: string;
  readonly balancer: Balancer;
  readonly resolver: Resolver;
  readonly config: FollowedServiceConfig;
  readonly calling: TargetCalling;
}

/** One per process, closed by who made it. */
export function createClientFactory(options: ClientFactoryOptions): ClientFactory {
  const { clock = systemClock, random = systemRandom } = options;
  const events = createEmitter<ClientFactoryEvents>();
  const targets = new Map<string, OpenTarget>();
  const newId = options.newId ?? createCallIds(random);
  const tracing = options.tracing ?? createCallTracer({ tracer: trace.getTracer('tradewind'), random });
  const deadlines = createDeadlineWheel(clock);
  const client = options.instance ?? systemNewId();
  let closing: Promise<void> | undefined;

  const open = (target: Target): OpenTarget => {
    const name = formatTarget(target);
    const resolver = createResolver(target, { ...options, clock, random });
    resolver.events.on('changed', (state) => events.emit('resolved', { target: name, state }));
    resolver.events.on('trouble', (trouble) => events.emit('discoveryTrouble', { ...trouble, target: name }));
    const config = openServiceConfig(target, options);
    const balancer = createBalancer({
      target: name,
      resolver,
      config: config.config,
      ...{ client, zone: options.zone, random },
      policy: (options.policy ?? createRoundRobin)(random),
      connect: ({ address, transports }) =>
        createSubchannel(address, {
          clock,
          random,
          connection: options.connection,
          credentials: options.credentials,
          identity: options.identity,
          expected: processOfTarget(target) ?? options.processAt?.(name),
          offers: transports,
          transport: config.config.transport,
          userAgent: `tradewind/${options.from}`,
        }),
      clock,
      graceMs: options.graceMs ?? 2_000,
    });
    const calling = createTargetCalling(name, config.config, { clock, random });
    applyServiceConfig(config, { balancer, calling });
    forwardEvents(name, { balancer, config, calling }, events);
    const deadline = { ...DEFAULT_DEADLINE, ...options.deadline };
    const encode = createMessageEncoder();
    const admission = createAdmissionMiddleware(calling, { events, clock });
    const chain = clientMiddleware({ events, clock, newId, deadline, tracing, admission });
    return {
      target: name,
      resolver,
      balancer,
      config,
      calling,
      streaming: composeOutermostFirst(chain),
      unary: {
        target: name,
        balancer,
        encode,
        clock,
        events,
        newId,
        deadline,
        deadlines,
        calling,
        retries: createRetries({ budget: calling.budget, clock, random }),
        tracing,
      },
    };
  };

  const shutDown = async () => {
    const forced = new AbortController();
    const timer = clock.setTimer(options.drainTimeoutMs ?? 5_000, () => forced.abort(clientClosed()));
    await Promise.all(
      [...targets.values()].map(async ({ balancer, resolver, config }) => {
        await config.close();
        await balancer.close(forced.signal);
        await resolver.close();
      }),
    );
    timer.cancel(); // the deadlines' timer stops by itself: calls that wait for a token have none but them
  };
  const close = () => (closing ??= shutDown());

  return {
    client(definition, target, defaults = {}) {
      if (closing !== undefined) throw clientClosed();
      const parsed = parseTarget(target);
      const name = formatTarget(parsed);
      const opened = targets.get(name) ?? open(parsed);
      targets.set(name, opened);
      return createClient(definition, opened, defaults);
    },
    events,
    status: () => [...targets.values()].map(statusOf),
    channels: () => [...targets.values()].map((opened) => channelsOf(opened, clock)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function clientClosed(): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'CLIENT_CLOSED',
    domain: 'tradewind',
    message: 'the client is closed',
  });
}
