import { AppError, abortError, type Clock, type Random } from '../../core/index.ts';
import type { Registry } from '../registry.ts';
import { createConsulClient, type BlockingQuery, type ConsulConnection } from './consul-client.ts';
import { createConsulRegistration } from './consul-registration.ts';
import { TAG } from './consul-service.ts';
import { consulKey, createConsulValueWatcher, readValue } from './consul-value-watcher.ts';
import { createConsulWatcher, readEntries } from './consul-watcher.ts';

/** What a Consul registry is made with. */
export interface ConsulRegistryOptions extends Pick<ConsulConnection, 'address' | 'token'> {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a crashed process stays listed, in seconds; default 5. */
  readonly leaseTtlSeconds?: number | undefined;
  /** No single request takes longer, in milliseconds; default 2,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** How long one blocking query hangs, and with it how long a silent agent is believed, in milliseconds; default 10,000. */
  readonly waitMs?: number | undefined;
}

/**
 * The registry in Consul, through the agent of this machine: a process is a service, an instance one of its instances,
 * kept by heartbeats to a TTL check; who misses them turns critical and is no longer listed. Values are in the key-value
 * store. Connects when it is used.
 */
export function createConsulRegistry(options: ConsulRegistryOptions): Registry {
  const { address, token, clock, random, leaseTtlSeconds: ttlSeconds = 5 } = options;
  const { requestTimeoutMs = 2_000, waitMs = 10_000 } = options;
  const client = createConsulClient({ address, token, requestTimeoutMs }, clock);
  const open = new Set<AsyncDisposable>();
  let closed: Promise<void> | undefined;

  const keep = <Part extends AsyncDisposable>(create: (onClosed: () => void) => Part): Part => {
    if (closed !== undefined) throw new Error('the registry is closed');
    const part = create(() => open.delete(part));
    open.add(part);
    return part;
  };

  const once = async <Result>(signal: AbortSignal | undefined, ask: () => Promise<Result>): Promise<Result> => {
    if (closed !== undefined) throw new Error('the registry is closed');
    try {
      return await ask();
    } catch (error) {
      if (signal?.aborted) throw abortError(signal);
      throw new AppError({
        status: 'UNAVAILABLE',
        reason: 'REGISTRY_UNAVAILABLE',
        domain: 'tradewind',
        message: `Consul at ${address} does not answer`,
        cause: error,
      });
    }
  };

  const closeAll = async () => {
    await Promise.all([...open].map((part) => part[Symbol.asyncDispose]()));
  };
  const close = () => (closed ??= closeAll());

  return {
    scheme: 'consul',
    register: (instance) =>
      keep((onClosed) => createConsulRegistration(instance, { client, onClosed, clock, random, ttlSeconds })),
    watch: (process) => keep((onClosed) => createConsulWatcher(process, { client, onClosed, clock, random, waitMs })),
    watchValue: (key) => keep((onClosed) => createConsulValueWatcher(key, { client, onClosed, clock, random, waitMs })),
    list: (process, signal = NEVER) =>
      once(signal, async () => readEntries((await client.healthyService(process, now(signal))).json, []).instances),
    processes: (signal) => once(signal, async () => servicesOf(await client.passingChecks(signal))),
    values: {
      get: (key, signal = NEVER) =>
        once(signal, async () => readValue((await client.value(consulKey(key), now(signal))).json)),
      set: (key, value, signal) =>
        once(signal, () =>
          value === undefined
            ? client.removeValue(consulKey(key), signal)
            : client.putValue(consulKey(key), value, signal),
        ),
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const NEVER = new AbortController().signal;

const now = (signal: AbortSignal): BlockingQuery => ({ index: 0n, waitMs: 0, signal });

/** The names of the services that the checks of ours belong to. */
function servicesOf(checks: unknown): readonly string[] {
  if (!Array.isArray(checks)) throw new Error('Consul answered with something that is no list of checks');
  const names = (checks as readonly ConsulCheck[])
    .filter(({ ServiceTags: tags, ServiceName: name }) => typeof name === 'string' && tags?.includes(TAG))
    .map(({ ServiceName: name }) => String(name));
  return [...new Set(names)].sort();
}

interface ConsulCheck {
  readonly ServiceName?: unknown;
  readonly ServiceTags?: readonly string[] | null;
}
