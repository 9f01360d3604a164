import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { connect, type Channel } from 'amqplib';

import { newId } from '../../../src/chassis/core/index.ts';
import { createRabbitmqBroker, type Courier } from '../../../src/chassis/events/index.ts';
import {
  openBrokerCourier,
  runRelay,
  type RunningRelay,
  type ToldOfBroker,
} from '../../support/events/broker-courier.ts';
import { consumerDatabase, runMember, type ConsumerDatabase } from '../../support/events/event-consumer.ts';
import { eventSource, startPublisher, type TestPublisher } from '../../support/events/event-publisher.ts';
import { eventually } from '../../support/eventually.ts';
import { describeIf } from '../../support/optional.ts';
import { hasRealRabbitmq, realRabbitmq, type RealRabbitmq } from '../../support/real-rabbitmq.ts';

const PATIENCE = { timeoutMs: 40_000 };
const SOURCE = 'publisher';

jest.setTimeout(120_000); // RabbitMQ takes its time to start on a busy machine

describeIf(hasRealRabbitmq(), 'events over RabbitMQ', 'rabbitmq-server', () => {
  let server: RealRabbitmq;
  let publisher: TestPublisher;
  let consumers: ConsumerDatabase;
  let relay: RunningRelay;
  let courier: Courier;
  let told: ToldOfBroker;
  beforeAll(async () => {
    const started = await realRabbitmq();
    if (started === undefined) throw new Error('describeIf has looked for it');
    server = started;
    publisher = await startPublisher();
    consumers = await consumerDatabase();
    const url = `${server.url}?heartbeat=1`;
    const adapter = createRabbitmqBroker({ url, name: 'tests', retentionMs: 3_600_000 });
    relay = runRelay({ publisher, source: SOURCE, adapter });
    ({ courier, told } = openBrokerCourier({ publisher, adapter }));
  });
  afterAll(async () => {
    await courier.close();
    await relay.stop();
    await consumers[Symbol.asyncDispose]();
    await publisher[Symbol.asyncDispose]();
    await server.close();
  });

  const member = (consumer: string) =>
    runMember({ courier, database: consumers.database, name: consumer, member: newId(), source: SOURCE });
  /** Writes events, and waits until the consumer has had each of them once. */
  const expectCarried = async (consumer: string) => {
    const prefix = newId();
    const next = eventSource(prefix);
    await publisher.write(...Array.from({ length: 100 }, (_, index) => next(`a${index % 20}`)));
    const find = async () => (await consumers.effects(consumer)).filter((one) => one.aggregate_id.startsWith(prefix));
    await eventually(async () => expect(await find()).toHaveLength(100), PATIENCE);
  };
  /** What an operator does over a connection of their own. */
  const asOperator = async (work: (channel: Channel) => Promise<unknown>) => {
    const connection = await connect(server.url);
    await work(await connection.createChannel());
    await connection.close();
  };

  it('makes a queue again that somebody has deleted', async () => {
    await using running = member('deleted');
    await expectCarried('deleted');
    await asOperator(async (channel) => {
      for (let partition = 0; partition < 8; partition += 1)
        await channel.deleteQueue(`deleted.${SOURCE}.${partition}`);
    });
    await eventually(() => expect(running.told.interrupted).not.toHaveLength(0), PATIENCE);
    expect(running.told.interrupted[0]?.error).toMatchObject({ reason: 'BROKER_QUEUE_GONE' });
    await expectCarried('deleted');
  });

  it('makes the exchange again that somebody has deleted, and binds the queues to it', async () => {
    await using _ = member('unbound');
    await expectCarried('unbound');
    await asOperator((channel) => channel.deleteExchange('tradewind.events'));
    await expectCarried('unbound');
  });

  it('opens connections anew that the server has closed', async () => {
    await using _ = member('closed');
    await expectCarried('closed');
    const before = told.connected.length;
    await server.control('close_all_connections', 'for the test');
    await eventually(() => expect(told.connected.length).toBeGreaterThan(before), PATIENCE);
    await expectCarried('closed');
  });

  it('waits while the server takes no messages, tells so, and goes on', async () => {
    await using _ = member('blocked');
    await expectCarried('blocked');
    await server.control('set_vm_memory_high_watermark', '0.000001');
    const carried = expectCarried('blocked');
    await eventually(() => expect(relay.told.blocked.at(-1)).toMatchObject({ reason: 'low on memory' }), PATIENCE);
    const lost = relay.told.disconnected.length;
    await server.control('set_vm_memory_high_watermark', '0.4');
    await carried;
    expect(relay.told.unblocked).toHaveLength(relay.told.blocked.length);
    expect(relay.told.disconnected).toHaveLength(lost);
  });

  it('gives a server up that is frozen, and goes on when it moves again', async () => {
    await using _ = member('frozen');
    await expectCarried('frozen');
    const before = told.disconnected.length;
    await server.whileFrozen(() =>
      eventually(() => expect(told.disconnected.length).toBeGreaterThan(before), PATIENCE),
    );
    await expectCarried('frozen');
  });

  it('replaces queues that are dead because the server was killed right after they were made', async () => {
    await using running = member('dead');
    await eventually(() => expect(running.told.assigned.at(-1)?.partitions).toHaveLength(8));
    await expectCarried('dead');
    await server.kill();
    await server.start();
    await expectCarried('dead');
  });
});
