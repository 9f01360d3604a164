import { createChannel, createClient, createServer } from 'nice-grpc';

import type { Peer } from '../peer.ts';
import { ANSWER, QUESTION, QuestionServiceDefinition } from '../question.ts';

/** nice-grpc without middleware. */
export const niceGrpc: Peer = {
  async serve() {
    const server = createServer();
    server.add(QuestionServiceDefinition, { getUser: async () => ANSWER });
    const port = await server.listen('127.0.0.1:0');
    return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => server.forceShutdown() };
  },

  async connect(address) {
    const channel = createChannel(address);
    const client = createClient(QuestionServiceDefinition, channel);
    return {
      call: async () => (await client.getUser(QUESTION)).user?.id ?? '',
      [Symbol.asyncDispose]: async () => channel.close(),
    };
  },
};
