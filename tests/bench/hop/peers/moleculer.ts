import { ServiceBroker } from 'moleculer';

import { GetUserResponse } from '../../../../gen/tradewind/user/v1/user.ts';
import { freePort } from '../../../support/free-port.ts';
import type { Peer } from '../peer.ts';
import { ANSWER, QUESTION } from '../question.ts';

/** Moleculer over its TCP transporter with JSON: no contract, no gRPC, what a call can cost in Node. */
export const moleculer: Peer = {
  async serve() {
    const nodes = `127.0.0.1:${await freePort()}/server,127.0.0.1:${await freePort()}/caller`;
    const broker = createBroker('server', nodes);
    const answer = GetUserResponse.toJSON(ANSWER);
    broker.createService({ name: 'user', actions: { getUser: () => answer } });
    await broker.start();
    return { address: nodes, [Symbol.asyncDispose]: () => broker.stop() };
  },

  async connect(nodes) {
    const broker = createBroker('caller', nodes);
    await broker.start();
    await broker.waitForServices('user', 10_000);
    return {
      call: async () => (await broker.call('user.getUser', QUESTION)).user.id,
      [Symbol.asyncDispose]: () => broker.stop(),
    };
  },
};

function createBroker(nodeID: string, nodes: string) {
  return new ServiceBroker({
    nodeID,
    logger: false,
    requestTimeout: 5_000,
    transporter: {
      type: 'TCP',
      options: { urls: nodes.split(',').map((node) => `tcp://${node}`), udpDiscovery: false },
    },
  });
}
