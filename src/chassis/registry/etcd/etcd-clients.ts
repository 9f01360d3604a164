import type { Clock } from '../../core/index.ts';
import { createEtcdClient, type EtcdClient } from './etcd-client.ts';

/** Where the parts of a registry get their clients from. */
export interface EtcdClients {
  /** A client for one attempt at something; whoever opens it closes it. Throws once closed. */
  open(): EtcdClient;
  /** No more clients; those that are open are their owners' to close. */
  close(): void;
}

/** How etcd is reached. */
export interface EtcdClientsOptions {
  readonly endpoints: readonly string[];
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
}

/**
 * Clients of one process share a connection until one of them meets silence on it. A connection whose other end is gone
 * without a word (a firewall's state, a machine's power) looks alive for as long as TCP repeats itself, so those opened
 * afterwards get another.
 */
export function createEtcdClients({ endpoints, requestTimeoutMs, clock }: EtcdClientsOptions): EtcdClients {
  let generation = 1;
  let isClosed = false;
  return {
    open() {
      if (isClosed) throw new Error('the registry is closed');
      const own = generation;
      const onSilence = () => {
        if (own === generation) generation += 1; // the first to notice is enough
      };
      return createEtcdClient({ endpoints, requestTimeoutMs, name: `tradewind-registry/${own}`, onSilence }, clock);
    },
    close() {
      isClosed = true;
    },
  };
}
