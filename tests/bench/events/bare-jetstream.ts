import { jetstream, jetstreamManager, AckPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

import { createDelayRecord } from './delay-record.ts';
import { notMine, type SideProgram } from './side-program.ts';
import { createWriteLoad } from './write-load.ts';

const STREAM = 'BARE';
const SUBJECT = 'bare.events';
const DURABLE = 'bare';

/** As large as what the couriers carry. */
const FILLER = 'x'.repeat(480);

/** JetStream and nothing else: messages in a file, each acknowledged to the publisher; no outbox, no effects. */
export async function openBarePublisher(environment: NodeJS.ProcessEnv): Promise<SideProgram> {
  const connection = await connect({ servers: environment['NATS_URL'] ?? '' });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: STREAM,
    subjects: [SUBJECT],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
  });
  await manager.consumers.add(STREAM, {
    durable_name: DURABLE,
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: 10_000,
  });
  const stream = jetstream(connection);
  const load = createWriteLoad(async (count) => {
    const publish = () => stream.publish(SUBJECT, JSON.stringify({ time: Date.now(), filler: FILLER }));
    await Promise.all(Array.from({ length: count }, publish));
  });
  return {
    ready: undefined,
    async answer(request) {
      if (request.kind === 'write') return load.upTo(request.upTo);
      if (request.kind === 'pace') return load.pace(request.perSecond, request.durationMs);
      throw notMine(request.kind);
    },
    stop: () => connection.drain(),
  };
}

/** A durable consumer that acknowledges each message. */
export async function openBareConsumer(environment: NodeJS.ProcessEnv): Promise<SideProgram> {
  const connection = await connect({ servers: environment['NATS_URL'] ?? '' });
  const consumer = await jetstream(connection).consumers.get(STREAM, DURABLE);
  const delays = createDelayRecord();
  let handled = 0;
  const messages = await consumer.consume({ max_messages: 1_000 });
  const consuming = (async () => {
    for await (const message of messages) {
      delays.add(Date.now() - message.json<{ readonly time: number }>().time);
      message.ack();
      handled += 1;
    }
  })();
  return {
    ready: undefined,
    async answer(request) {
      if (request.kind === 'handled') return handled;
      if (request.kind === 'delays') return delays.take();
      throw notMine(request.kind);
    },
    async stop() {
      await messages.close();
      await consuming;
      await connection.close();
    },
  };
}
