import { existsSync, readdirSync, readlinkSync } from 'node:fs';

import { jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect as connectRabbitmq } from 'amqplib';

import { eventually } from '../../support/eventually.ts';
import { describeIf } from '../../support/optional.ts';
import { hasRealNats, realNats } from '../../support/real-nats.ts';
import { hasRealRabbitmq, realRabbitmq } from '../../support/real-rabbitmq.ts';
import type { RealServer } from '../../support/real-server.ts';

/** A broker with a place for messages that outlive it. */
interface Broker extends RealServer {
  /** Makes the place where it is missing; resolves once the broker has acknowledged the message and a kill leaves it. */
  store(message: string): Promise<void>;
  /** The oldest message there; undefined when there is none, or no place for it. */
  oldest(): Promise<string | undefined>;
  /** Of all that was started. */
  readonly directories: readonly string[];
}

describeBroker('realNats', hasRealNats(), 'nats-server', async () => {
  const nats = await realNats();
  if (nats === undefined) throw new Error('nats-server is not installed');
  return {
    ...nats,
    directories: [nats.directory],
    store: async (message) => {
      const connection = await connectNats({ servers: nats.url, reconnect: false });
      const manager = await jetstreamManager(connection);
      await manager.streams.add({ name: 'kept', subjects: ['kept'], storage: StorageType.File });
      await jetstream(connection).publish('kept', message);
      await connection.close();
    },
    oldest: async () => {
      const connection = await connectNats({ servers: nats.url, reconnect: false });
      const manager = await jetstreamManager(connection);
      const names = await manager.streams.names('kept').next();
      const message = names.includes('kept') ? await manager.streams.getMessage('kept', { seq: 1 }) : undefined;
      await connection.close();
      return message?.string();
    },
  };
});

describeBroker('realRabbitmq', hasRealRabbitmq(), 'rabbitmq-server', async () => {
  const rabbitmq = await realRabbitmq();
  if (rabbitmq === undefined) throw new Error('rabbitmq-server is not installed');
  const openQueue = async () => {
    const connection = await connectRabbitmq(rabbitmq.url);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('kept', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    return { connection, channel };
  };
  return {
    ...rabbitmq,
    directories: [rabbitmq.directory, rabbitmq.portMapper.directory],
    store: async (message) => {
      const { connection, channel } = await openQueue();
      channel.sendToQueue('kept', Buffer.from(message), { persistent: true });
      await channel.waitForConfirms();
      await connection.close();
      await rabbitmq.queuesAreSaved();
    },
    oldest: async () => {
      const { connection, channel } = await openQueue();
      const message = await channel.get('kept');
      await connection.close(); // gives it back
      return message === false ? undefined : message.content.toString();
    },
  };
});

function describeBroker(name: string, available: boolean, missing: string, start: () => Promise<Broker>): void {
  describeIf(available, name, missing, () => {
    let broker: Broker;

    beforeAll(async () => (broker = await start()), 60_000);
    afterAll(() => broker.close());

    it('starts, and keeps what it acknowledged when it is killed and started again', async () => {
      await broker.store('one');
      await broker.kill();
      await expect(broker.oldest()).rejects.toThrow(/refused/i);
      await broker.start();
      expect(await broker.oldest()).toBe('one');
    }, 60_000);

    it('loses everything over a wipe, and serves at the same address', async () => {
      await broker.store('two');
      await broker.wipe();
      expect(await broker.oldest()).toBeUndefined();
      await broker.store('three');
      expect(await broker.oldest()).toBe('three');
    }, 60_000);

    it('leaves no process behind', async () => {
      expect(broker.directories.filter((directory) => processesIn(directory).length === 0)).toEqual([]);
      await broker.close();
      await eventually(() => expect(broker.directories.flatMap(processesIn)).toEqual([]));
      expect(broker.directories.filter((directory) => existsSync(directory))).toEqual([]);
    });
  });
}

/** The ids of the processes that work in the folder. */
function processesIn(directory: string): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((id) => workingDirectory(id).startsWith(directory));
}

function workingDirectory(id: string): string {
  try {
    return readlinkSync(`/proc/${id}/cwd`);
  } catch {
    return ''; // it ended meanwhile, or is somebody else's
  }
}
