import { Etcd3 } from 'etcd3';

import { createClientFactory, type ChassisClient, type ClientFactory } from '../../../src/chassis/client/index.ts';
import { systemClock, systemRandom } from '../../../src/chassis/core/index.ts';
import { createEtcdRegistry } from '../../../src/chassis/registry/index.ts';
import { serviceConfigKey, type GivenServiceConfig } from '../../../src/chassis/service-config/index.ts';
import { settingsKey } from '../../../src/chassis/settings/index.ts';
import type { TransportKind } from '../counter-clients.ts';
import { eventually } from '../eventually.ts';
import { startServiceProcess, type ServiceProcess } from '../service-process.ts';
import { LayerServiceDefinition, type Behaviour, type Witness } from './layer-contract.ts';

type LayerClient = ChassisClient<typeof LayerServiceDefinition>;

/** One process of a chain, as a test sees it. */
export interface Layer {
  readonly process: ServiceProcess;
  /** Calls this very process, and is not tried again. */
  readonly direct: LayerClient;
  behave(behaviour: Partial<Behaviour>): Promise<void>;
  witness(): Promise<Witness>;
}

/** Processes that stand on each other, the first on the second and so on. Whoever started them ends them; that twice is harmless. */
export interface Layers extends AsyncDisposable {
  /** By process name, each with its replicas. */
  readonly of: (name: string) => readonly Layer[];
  /** The caller of the first layer, as every process of the suite calls: found in the registry, with retries. */
  readonly client: LayerClient;
  readonly factory: ClientFactory;
  /** What an operator does with `etcdctl put`; resolves when it is there, not when it is in force everywhere. */
  configure(name: string, config: GivenServiceConfig): Promise<void>;
}

/** How a chain is made. */
export interface LayersOptions {
  /** host:port. */
  readonly etcd: string;
  readonly transport: TransportKind;
  /** From the top to the bottom, each with how many replicas it has. */
  readonly layers: readonly (readonly [name: string, replicas: number])[];
  /** The bottom's database. */
  readonly databaseUrl?: string | undefined;
  /** In force before the first call, by process name. */
  readonly configs?: Readonly<Record<string, GivenServiceConfig>>;
}

/** Starts the layers from the bottom to the top, and resolves when the first can be called. */
export async function startLayers(options: LayersOptions): Promise<Layers> {
  const { etcd, transport, layers, databaseUrl, configs = {} } = options;
  const stack = new AsyncDisposableStack();
  const operator = new Etcd3({ hosts: [`http://${etcd}`] });
  stack.defer(() => operator.close());
  const configure = async (name: string, config: GivenServiceConfig) => {
    await operator.put(serviceConfigKey(name)).value(JSON.stringify({ transport, ...config }));
  };
  const registry = await createEtcdRegistry({ endpoints: [etcd], clock: systemClock, random: systemRandom });
  const started = new Map<string, Layer[]>();
  try {
    const factory = createClientFactory({ from: 'fault-test', registry, transport });
    stack.defer(() => registry.close());
    stack.defer(() => factory.close()); // before the registry
    for (const [index, [name, replicas]] of [...layers.entries()].toReversed()) {
      await configure(name, configs[name] ?? {});
      // On a busy machine the layers would refuse calls themselves, before there is anything to try again or to probe.
      await operator.put(settingsKey(name)).value(JSON.stringify({ shedding: false }));
      const next = layers[index + 1]?.[0];
      const environment = {
        LAYER: name,
        ...(next !== undefined && { NEXT: next }),
        ...(next === undefined && databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
      };
      const processes = await Promise.all(
        Array.from({ length: replicas }, (_, copy) =>
          startServiceProcess({
            main: './layers/layer-main.ts',
            instance: `${name}-${copy + 1}`,
            etcd,
            leaseTtlSeconds: 5,
            environment,
          }),
        ),
      );
      for (const process of processes) stack.use(process);
      started.set(
        name,
        processes.map((process) => layerOf(process, factory)),
      );
    }
    const client = factory.client(LayerServiceDefinition, `etcd:///${layers[0]![0]}`); // a chain has a first layer
    await eventually(() => client.read({ locale: 'test', message: 'warm' }), { timeoutMs: 20_000 });
    return {
      of: (name) => started.get(name) ?? [],
      ...{ client, factory, configure },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function layerOf(process: ServiceProcess, factory: ClientFactory): Layer {
  const direct = factory.client(LayerServiceDefinition, `static:///${process.address}`, {
    retry: false,
    timeoutMs: 30_000,
  });
  return {
    process,
    direct,
    behave: async (behaviour) => void (await direct.behave({ locale: 'test', message: JSON.stringify(behaviour) })),
    witness: async () => JSON.parse((await direct.witness({ locale: 'test', message: '' })).message) as Witness, // as the layer wrote it
  };
}
