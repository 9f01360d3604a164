import { AppError, raceAbort, type Clock, type Random } from '../../core/index.ts';
import type { Registry } from '../registry.ts';
import { keysWith, singleKey, type EtcdClient } from './etcd-client.ts';
import { createEtcdClients } from './etcd-clients.ts';
import { createEtcdRegistration } from './etcd-registration.ts';
import { createEtcdValueWatcher } from './etcd-value-watcher.ts';
import { createEtcdWatcher } from './etcd-watcher.ts';
import { toKeyValue } from './follow-keys.ts';
import { createInstanceSet } from './instance-set.ts';
import { ALL_SERVICES, processOfKey, processPrefix } from './keys.ts';

/** What an etcd registry is made with. */
export interface EtcdRegistryOptions {
  /** host:port, with or without http://. */
  readonly endpoints: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** How long a crashed process stays listed, in seconds; default 5. */
  readonly leaseTtlSeconds?: number | undefined;
  /** No single call to etcd takes longer, in milliseconds; default 2,000. */
  readonly requestTimeoutMs?: number | undefined;
}

/** The registry in etcd: `/tradewind/services/<process>/<instance id>`, JSON under a lease. Connects when it is used. */
export function createEtcdRegistry(options: EtcdRegistryOptions): Registry {
  const { endpoints, clock, random, leaseTtlSeconds: ttlSeconds = 5, requestTimeoutMs = 2_000 } = options;
  const open = new Set<AsyncDisposable>();
  let closed: Promise<void> | undefined;
  const clients = createEtcdClients({ endpoints, requestTimeoutMs, clock });
  const shared = { clients, clock, random, requestTimeoutMs };

  const keep = <Part extends AsyncDisposable>(create: (onClosed: () => void) => Part): Part => {
    if (closed !== undefined) throw new Error('the registry is closed');
    const part = create(() => open.delete(part));
    open.add(part);
    return part;
  };

  const ask = async <Answer>(
    signal: AbortSignal | undefined,
    question: (client: EtcdClient) => Promise<Answer>,
  ): Promise<Answer> => {
    const client = clients.open();
    try {
      return await raceAbort(question(client), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw new AppError({
        status: 'UNAVAILABLE',
        reason: 'REGISTRY_UNAVAILABLE',
        domain: 'tradewind',
        message: `etcd at ${endpoints.join(', ')} does not answer`,
        cause: error,
      });
    } finally {
      client.close();
    }
  };

  const closeAll = async () => {
    await Promise.all([...open].map((part) => part[Symbol.asyncDispose]()));
    clients.close();
  };
  const close = () => (closed ??= closeAll());

  return {
    scheme: 'etcd',
    register: (instance) => keep((onClosed) => createEtcdRegistration(instance, { ...shared, onClosed, ttlSeconds })),
    watch: (process) => keep((onClosed) => createEtcdWatcher(process, { ...shared, onClosed })),
    watchValue: (key) => keep((onClosed) => createEtcdValueWatcher(key, { ...shared, onClosed })),
    list: (process, signal) =>
      ask(signal, async (client) => {
        const { kvs } = await client.list(keysWith(processPrefix(process)));
        const set = createInstanceSet(() => undefined); // a watcher counts malformed values; one list passes them over
        set.replace(kvs.map(toKeyValue));
        return set.instances;
      }),
    processes: (signal) =>
      ask(signal, async (client) => {
        const { kvs } = await client.list(keysWith(ALL_SERVICES), { keysOnly: true });
        const names = new Set(kvs.map((kv) => processOfKey(kv.key.toString())));
        return [...names].filter((name) => name !== undefined).sort();
      }),
    values: {
      get: (key, signal) => ask(signal, async (client) => (await client.list(singleKey(key))).kvs[0]?.value.toString()),
      set: (key, value, signal) =>
        ask(signal, (client) => (value === undefined ? client.remove(key) : client.putForGood(key, value))),
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
