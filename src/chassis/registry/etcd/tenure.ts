import { backoffMs, raceAbort, type Clock, type Random } from '../../core/index.ts';
import type { Listing } from '../registration.ts';
import { singleKey, type EtcdClient } from './etcd-client.ts';
import type { EtcdClients } from './etcd-clients.ts';
import { toKeyValue } from './follow-keys.ts';
import { keepLeaseAlive, LeaseLost } from './keepalive.ts';
import { createOwnKey, guardOwnKey } from './own-key.ts';

const WRITE_BACKOFF = { baseMs: 50, maxMs: 1_000 };

/** The bell wakes the writer; this is only what a timer needs. */
const LONG_MS = 3_600_000;

/** What a tenure is made of. */
export interface TenureOptions {
  readonly clients: EtcdClients;
  readonly clock: Clock;
  readonly random: Random;
  readonly requestTimeoutMs: number;
  readonly ttlSeconds: number;
  /** Of our choosing, so that a grant whose answer was lost can be revoked all the same. */
  readonly leaseId: string;
  readonly key: string;
  readonly listing: Listing;
  /** The key holds this version of the value; the first time it means that the tenure has begun. */
  readonly onWritten: (version: number) => void;
  /** The lease was granted or renewed, which was asked for then, on the monotonic clock. */
  readonly onRenewed: (askedMs: number) => void;
  /** Fires when the registration is closed. */
  readonly signal: AbortSignal;
}

/**
 * One lease and the key under it, from grant to loss: rejects with why it did not begin, or why it ended. While it lasts
 * the lease is kept alive, the key is watched, and changes of the value are written.
 */
export async function holdTenure(options: TenureOptions): Promise<never> {
  const { clients, clock, random, key, leaseId, listing, onWritten, onRenewed } = options;
  const own = createOwnKey(leaseId);

  const write = async (client: EtcdClient, signal: AbortSignal): Promise<number> => {
    const { value, version } = listing.current();
    own.writing(value);
    own.written(await raceAbort(client.put(key, value, leaseId), signal));
    onWritten(version);
    return version;
  };

  const begin = async () => {
    const client = clients.open();
    try {
      const grantedMs = clock.monotonicMs();
      // etcd may choose a longer time than was asked for
      const ttlSeconds = await raceAbort(client.grant(leaseId, options.ttlSeconds), options.signal);
      onRenewed(grantedMs);
      return { grantedMs, ttlSeconds, version: await write(client, options.signal) };
    } finally {
      client.close();
    }
  };

  const writeChanges = async (firstVersion: number, signal: AbortSignal): Promise<never> => {
    for (let written = firstVersion, failures = 0; ;) {
      const { rings } = listing.changed;
      if (listing.current().version === written) {
        await listing.changed.after(rings, { signal, timeoutMs: LONG_MS });
        continue;
      }
      const client = clients.open();
      try {
        written = await write(client, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) throw error;
        failures += 1; // whether the lease is gone, the keepalive finds out
        await clock.sleep(backoffMs(failures, WRITE_BACKOFF, random), signal);
      } finally {
        client.close();
      }
    }
  };

  const checkKey = async (client: EtcdClient, signal: AbortSignal) => {
    const [kv] = (await raceAbort(client.list(singleKey(key)), signal)).kvs;
    const objection = own.objection(kv && toKeyValue(kv));
    if (objection !== undefined) throw new LeaseLost(objection);
  };

  const { grantedMs, ttlSeconds, version } = await begin();
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, options.signal]);
  const parts = [
    keepLeaseAlive({ clients, clock, random, leaseId, ttlSeconds, grantedMs, onRenewed, checkKey, signal }),
    guardOwnKey(own, { ...options, signal }),
    writeChanges(version, signal),
  ];
  try {
    return await Promise.race(parts);
  } finally {
    ended.abort();
    await Promise.allSettled(parts);
  }
}
