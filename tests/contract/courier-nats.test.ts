import { createNatsBroker } from '../../src/chassis/events/index.ts';
import { openBrokerCourier, runRelay } from '../support/events/broker-courier.ts';
import { describeIf } from '../support/optional.ts';
import { hasRealNats, realNats } from '../support/real-nats.ts';
import { describeBroker, type BrokerFixture } from './broker.suite.ts';
import { describeCourier } from './courier.suite.ts';

async function open(): Promise<BrokerFixture> {
  const server = await realNats();
  if (server === undefined) throw new Error('describeIf has looked for it');
  return { server, adapter: createNatsBroker({ url: server.url, name: 'tests', retentionMs: 3_600_000 }) };
}

describeIf(hasRealNats(), 'the courier nats', 'nats-server', () => {
  describeCourier('NATS JetStream', async (publisher, source) => {
    const { server, adapter } = await open();
    const relay = runRelay({ publisher, source, adapter });
    const { courier } = openBrokerCourier({ publisher, adapter });
    return {
      ...{ source, courier },
      async [Symbol.asyncDispose]() {
        await courier.close();
        await relay.stop();
        await server.close();
      },
    };
  });

  describeBroker('NATS JetStream', open);
});
