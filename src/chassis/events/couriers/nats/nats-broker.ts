import { jetstream } from '@nats-io/jetstream';
import { connect, headers as createHeaders, type NatsConnection } from '@nats-io/transport-node';

import { systemClock, type Clock } from '../../../core/index.ts';
import { NATS_BINDING } from '../../cloud-event-headers.ts';
import type { BrokerAdapter, BrokerConnection, Consumption, OutgoingMessage } from '../broker/index.ts';
import { ACK_WAIT_MS, openConsumer } from './nats-consumer.ts';
import { natsNames } from './nats-names.ts';
import { natsOptions } from './nats-options.ts';
import { prepareStream } from './nats-stream.ts';
import { createUnacknowledged } from './unacknowledged.ts';

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

/** A confirmation takes at most so long, in milliseconds. */
const PUBLISH_TIMEOUT_MS = 10_000;
/** A request for messages ends after so long, in milliseconds: at half of it a server that is there has said so. */
const PULL_MS = 10_000;

/**
 * NATS with JetStream: a stream per publisher on file, its partitions as subjects, a durable pull consumer per group and partition. JetStream syncs
 * its files every two minutes, so a power failure takes acknowledged messages: relay and sequencing fill them in from the outbox, which is on
 * disk before anything is published.
 */
export function createNatsBroker({ url, name, retentionMs, clock = systemClock }: NatsBrokerOptions): BrokerAdapter {
  const options = natsOptions(url, name);
  return {
    name: 'nats',
    binding: NATS_BINDING,
    connect: async () => openConnection(await connect(options), { retentionMs, clock }),
  };
}

interface OpenOptions {
  readonly retentionMs: number;
  readonly clock: Pick<Clock, 'setTimer'>;
}

function openConnection(connection: NatsConnection, options: OpenOptions): BrokerConnection {
  const lost = new AbortController();
  const client = jetstream(connection, { timeout: PUBLISH_TIMEOUT_MS });
  void connection.closed().then((error) => lost.abort(error ?? new Error('the connection to NATS is closed')));
  return {
    lost: lost.signal,
    prepare: (source) => prepareStream(connection, source, options),
    async publish({ source, partition, id, headers, data }: OutgoingMessage) {
      const all = createHeaders();
      for (const [header, value] of Object.entries(headers)) all.set(header, value);
      const msgID = id === undefined ? {} : { msgID: id };
      await client.publish(natsNames.subject(source, partition), data, { headers: all, ...msgID });
    },
    consume: (consumption) => consume(connection, consumption, options),
    close: () => connection.close(),
  };
}

async function consume(connection: NatsConnection, consumption: Consumption, options: OpenOptions): Promise<void> {
  const { window, deliver, signal } = consumption;
  const consumer = await openConsumer(connection, consumption, options);
  if (signal.aborted) return;
  const unacknowledged = createUnacknowledged({
    clock: options.clock,
    sayEveryMs: ACK_WAIT_MS / 3,
    isGone: () => connection.isClosed(),
  });
  const messages = await consumer.consume({
    max_messages: window,
    expires: PULL_MS,
    abort_on_missing_resource: true, // it is made anew when the subscription is opened again
    callback: (message) => deliver(unacknowledged.take(message)),
  });
  const stop = () => messages.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const error = await messages.closed();
    if (!signal.aborted) throw error ?? new Error('NATS has ended the subscription');
  } finally {
    signal.removeEventListener('abort', stop);
    unacknowledged.giveBack();
  }
}
