import { systemClock, type Clock } from '../../../core/index.ts';
import { NATS_BINDING } from '../../cloud-event-headers.ts';
import type { BrokerAdapter } from '../broker/index.ts';
import { natsOptions } from './nats-options.ts';

/** How NATS is reached. */
export interface NatsBrokerOptions {
  /** See natsOptions. May hold a password. */
  readonly url: string;
  /** Names this process in NATS's own views. */
  readonly name: string;
  /** Streams let go of what is older, and of consumers that were not heard of for longer, in milliseconds: the outbox's own. */
  readonly retentionMs: number;
  readonly clock?: Pick<Clock, 'setTimer'>;
}

/**
 * NATS with JetStream: a stream per publisher on file, its partitions as subjects, a durable pull consumer per group and partition. JetStream syncs
 * its files every two minutes, so a power failure takes acknowledged messages: relay and sequencing fill them in from the outbox, which is on
 * disk before anything is published. NATS's libraries, some megabytes in each process, are loaded with the first connection: the feed needs none.
 */
export function createNatsBroker({ url, name, retentionMs, clock = systemClock }: NatsBrokerOptions): BrokerAdapter {
  const options = natsOptions(url, name);
  return {
    name: 'nats',
    binding: NATS_BINDING,
    async connect(signal) {
      const { openNatsConnection } = await import('./nats-connection.ts');
      return openNatsConnection(options, { retentionMs, clock, signal });
    },
  };
}
