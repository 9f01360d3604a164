import { jetstream } from '@nats-io/jetstream';
import { connect, headers as createHeaders, type NatsConnection } from '@nats-io/transport-node';

import type { Clock } from '../../../core/index.ts';
import type { BrokerConnection, Consumption, OutgoingMessage } from '../broker/index.ts';
import { firstToGreet } from './greeting.ts';
import { ACK_WAIT_MS, openConsumer } from './nats-consumer.ts';
import { natsNames } from './nats-names.ts';
import type { NatsOptions } from './nats-options.ts';
import { prepareStream } from './nats-stream.ts';
import { createUnacknowledged } from './unacknowledged.ts';

/** A confirmation takes at most so long, in milliseconds: longer than the relay has patience, which then gives the whole connection up. */
const PUBLISH_TIMEOUT_MS = 20_000;
/** A request for messages ends after so long, in milliseconds: at half of it a server that is there has said so. */
const PULL_MS = 10_000;

/** A server's own limit unless its configuration has another, in bytes. */
const DEFAULT_MAX_PAYLOAD = 1024 * 1024;

/** What a connection is kept with. */
export interface OpenOptions {
  readonly retentionMs: number;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** Connects to one of the servers; the one file of the adapter through which NATS's libraries are loaded. */
export async function openNatsConnection(
  { servers, ...to }: NatsOptions,
  options: OpenOptions & { readonly signal: AbortSignal },
): Promise<BrokerConnection> {
  const connection = await connect({ ...to, servers: await firstToGreet(servers, options) });
  const lost = new AbortController();
  const client = jetstream(connection, { timeout: PUBLISH_TIMEOUT_MS });
  void connection.closed().then((error) => lost.abort(error ?? new Error('the connection to NATS is closed')));
  return {
    lost: lost.signal,
    maxMessageBytes: connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD,
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
