import { AppError, raceAbort, type Clock, type Random } from '../../core/index.ts';
import type { Registry } from '../registry.ts';
import { createEtcdClient } from './etcd-client.ts';
import { createEtcdRegistration } from './etcd-registration.ts';
import { createEtcdWatcher, toKeyValue } from './etcd-watcher.ts';
import { createInstanceSet } from './instance-set.ts';
import { processPrefix } from './keys.ts';

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
  const newClient = () => {
    if (closed !== undefined) throw new Error('the registry is closed');
    return createEtcdClient({ endpoints, requestTimeoutMs }, clock);
  };

  const keep = <Part extends AsyncDisposable>(create: (onClosed: () => void) => Part): Part => {
    const part = create(() => open.delete(part));
    open.add(part);
    return part;
  };

  const closeAll = async () => {
    await Promise.all([...open].map((part) => part[Symbol.asyncDispose]()));
  };
  const close = () => (closed ??= closeAll());

  return {
    register: (instance) =>
      keep((onClosed) =>
        createEtcdRegistration(instance, { client: newClient(), onClosed, clock, random, ttlSeconds }),
      ),
    watch: (process) =>
      keep((onClosed) =>
        createEtcdWatcher(process, { client: newClient(), onClosed, clock, random, requestTimeoutMs }),
      ),
    async list(process, signal) {
      const client = newClient();
      try {
        const { kvs } = await raceAbort(client.list(processPrefix(process)), signal);
        const set = createInstanceSet(() => undefined); // a watcher counts malformed values; one list passes them over
        set.replace(kvs.map(toKeyValue));
        return set.instances;
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
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
