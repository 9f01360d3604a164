import { jest } from '@jest/globals';

import { createRabbitmqBroker } from '../../src/chassis/events/index.ts';
import { openBrokerCourier, runRelay } from '../support/events/broker-courier.ts';
import { describeIf } from '../support/optional.ts';
import { hasRealRabbitmq, realRabbitmq, type RealRabbitmq } from '../support/real-rabbitmq.ts';
import type { RealServer } from '../support/real-server.ts';
import { describeBroker } from './broker.suite.ts';
import { describeCourier } from './courier.suite.ts';

jest.setTimeout(120_000); // RabbitMQ takes its time to start on a busy machine

/** One server for all of the file; whoever uses it last closes it. */
let shared: Promise<RealRabbitmq> | undefined;

async function open() {
  shared ??= realRabbitmq().then((started) => {
    if (started === undefined) throw new Error('describeIf has looked for it');
    return started;
  });
  const real = await shared;
  const server: RealServer = {
    ...real,
    /** Groups of earlier tests, which no longer run, would leave dead queues behind that nobody heals. */
    async kill() {
      await real.queuesAreSaved();
      await real.kill();
    },
  };
  return { server, adapter: createRabbitmqBroker({ url: real.url, name: 'tests', retentionMs: 3_600_000 }) };
}

describeIf(hasRealRabbitmq(), 'the courier rabbitmq', 'rabbitmq-server', () => {
  describeCourier('RabbitMQ', async (publisher, source) => {
    const { adapter } = await open();
    const relay = runRelay({ publisher, source, adapter });
    const { courier } = openBrokerCourier({ publisher, adapter });
    return {
      ...{ source, courier },
      async [Symbol.asyncDispose]() {
        await courier.close();
        await relay.stop();
      },
    };
  });

  describeBroker('RabbitMQ', open);
});
