import {
  RegistryServiceDefinition,
  type DeregisterRequest,
  type DiscoverRequest,
  type HeartbeatRequest,
  type RegisterRequest,
  type WatchRequest,
} from '../../../gen/tradewind/registry/v1/registry.ts';
import type { Clock, Events } from '../core/index.ts';
import type { Registry } from '../registry/index.ts';
import { bind, type ServiceBinding } from '../server/index.ts';
import { createForeignRegistrations, type ForeignRegistrationEvents } from './foreign-registrations.ts';
import { fromMessage, toMessage } from './instance-message.ts';
import { assertOwnName } from './own-name.ts';
import { positionOf } from './position.ts';
import { createWatches, type Listing } from './watches.ts';

/** What a registry view is made of. */
export interface RegistryViewOptions {
  readonly registry: Registry;
  /** The instance that serves it, and keeps other programs' registrations. */
  readonly instance: string;
  readonly clock: Clock;
  /** Registrations of other programs at a time; default 100. */
  readonly maxRegistrations?: number | undefined;
  /** Watches at a time, over gRPC and HTTP; default 100. */
  readonly maxWatches?: number | undefined;
}

/** The answers of tradewind.registry.v1.RegistryService, whichever way they are asked for. */
export type RegistryHandlers = ReturnType<typeof createHandlers>;

/** The registry as this process shows it to operators and to programs that cannot speak to it. */
export interface RegistryView extends AsyncDisposable {
  readonly handlers: RegistryHandlers;
  /** The same over gRPC. */
  readonly binding: ServiceBinding;
  readonly events: Events<ForeignRegistrationEvents>;
  /** Withdraws the registrations it keeps. Idempotent. */
  close(): Promise<void>;
}

/** Shows the registry, which stays its owner's to close. */
export function createRegistryView(options: RegistryViewOptions): RegistryView {
  const { registry, instance: through, clock, maxRegistrations, maxWatches = 100 } = options;
  const foreign = createForeignRegistrations({ registry, through, clock, maxRegistrations });
  const handlers = createHandlers(registry, foreign, createWatches(registry, maxWatches), clock);
  const binding = bind(RegistryServiceDefinition, {
    listProcesses: (request, { signal }) => handlers.listProcesses(request, signal),
    discover: (request, { signal }) => handlers.discover(request, signal),
    watch: (request, { signal }) => handlers.watch(request, signal),
    register: (request, { signal }) => handlers.register(request, signal),
    heartbeat: (request) => handlers.heartbeat(request),
    deregister: (request) => handlers.deregister(request),
  });
  const close = () => foreign.close();
  return { handlers, binding, events: foreign.events, close, [Symbol.asyncDispose]: close };
}

function createHandlers(
  registry: Registry,
  foreign: ReturnType<typeof createForeignRegistrations>,
  watches: ReturnType<typeof createWatches>,
  clock: Clock,
) {
  const toListing = ({ instances, position }: Listing) => ({ instances: instances.map(toMessage), position });
  return {
    listProcesses: async (_request: object, signal: AbortSignal) => ({
      processes: [...(await registry.processes(signal))],
    }),
    async discover({ process }: DiscoverRequest, signal: AbortSignal) {
      const instances = await registry.list(process, signal);
      return toListing({ instances, position: positionOf(instances) });
    },
    /** Whether one more watch would be served; throws as it would. */
    assertRoomToWatch: () => watches.assertRoom(),
    async *watch({ process, afterPosition }: WatchRequest, signal: AbortSignal) {
      for await (const listing of watches.watch(process, { afterPosition, signal })) yield toListing(listing);
    },
    async register({ instance, ttlSeconds }: RegisterRequest, signal: AbortSignal) {
      assertOwnName(instance!.process);
      const wanted = fromMessage(instance!, new Date(clock.now())); // the contract requires it
      const granted = await foreign.register(wanted, ttlSeconds, signal);
      return { ...granted, instance: toMessage(granted.instance) };
    },
    async heartbeat(request: HeartbeatRequest) {
      assertOwnName(request.process);
      return { expireTime: foreign.heartbeat(request) };
    },
    async deregister(request: DeregisterRequest) {
      assertOwnName(request.process);
      await foreign.deregister(request);
      return {};
    },
  };
}
