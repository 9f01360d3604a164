import { createClientFactory, type ChassisClient, type ClientFactory } from '../../src/chassis/client/index.ts';
import { systemClock, systemRandom } from '../../src/chassis/core/index.ts';
import { createEtcdRegistry, type Registry } from '../../src/chassis/registry/index.ts';
import { CounterServiceDefinition } from './counter-service.ts';
import { eventually } from './eventually.ts';

/** What carries unary calls between the test and the replicas. */
export type TransportKind = 'plain' | 'multiplexed';

/** The client's side of a fault test, made as a process of the suite makes it. */
export interface CounterClients extends AsyncDisposable {
  readonly client: ChassisClient<typeof CounterServiceDefinition>;
  readonly factory: ClientFactory;
  readonly registry: Registry;
  /** Addresses that the resolver knows now, sorted. */
  readonly resolved: readonly string[];
  close(): Promise<void>;
}

/** Where the replicas are found, and how they are called. */
export interface CounterClientOptions {
  /** host:port of etcd. */
  readonly etcd: string;
  readonly transport: TransportKind;
}

/** Connects to every replica that is registered. Closed by who made it. */
export async function connectCounterClients({ etcd, transport }: CounterClientOptions): Promise<CounterClients> {
  const registry = await createEtcdRegistry({ endpoints: [etcd], clock: systemClock, random: systemRandom });
  const factory = createClientFactory({ from: 'fault-test', registry, ...{ transport } });
  const close = async () => {
    await factory.close();
    await registry.close();
  };
  return {
    client: factory.client(CounterServiceDefinition, 'etcd:///counter'),
    factory,
    registry,
    get resolved() {
      return factory.status().flatMap(({ endpoints }) => endpoints.map(({ address }) => address).sort());
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Whether unary calls went as they were to: each endpoint's shared stream is open, or there is none. Asked while endpoints
 * are connected; waits a moment for the newest. Resolves to what is not so, in words.
 */
export async function transportBreaches(
  { factory }: Pick<CounterClients, 'factory'>,
  transport: TransportKind,
): Promise<readonly string[]> {
  const wrong = () =>
    factory
      .status()
      .flatMap(({ endpoints }) => endpoints)
      .filter(({ sharedStream }) =>
        transport === 'multiplexed' ? sharedStream !== 'open' : sharedStream !== undefined,
      )
      .map(({ address, sharedStream }) => `${transport}: the shared stream of ${address} is ${String(sharedStream)}`);
  const check = () => {
    if (wrong().length > 0) throw new Error(wrong().join('; '));
    return [];
  };
  return eventually(check).catch(wrong);
}

/** Connects and calls once, so that what a process opens once and keeps is no leak of what a test does next. */
export async function warmUp(options: CounterClientOptions): Promise<void> {
  await using clients = await connectCounterClients(options);
  await clients.client.read({ message: 'warm' });
}
