import { createChannel, createClientFactory, createServer } from 'nice-grpc';
import { deadlineMiddleware } from 'nice-grpc-client-middleware-deadline';
import { retryMiddleware } from 'nice-grpc-client-middleware-retry';
import { openTelemetryClientMiddleware, openTelemetryServerMiddleware } from 'nice-grpc-opentelemetry';
import { prometheusClientMiddleware, prometheusServerMiddleware } from 'nice-grpc-prometheus';

import { createTraces } from '../../../../src/chassis/telemetry/index.ts';
import type { Peer, Place } from '../peer.ts';
import { ANSWER, QUESTION, QuestionServiceDefinition } from '../question.ts';

/** nice-grpc with its public middleware for what our chain does: deadline, retry, traces, metrics. */
export const niceGrpcMiddlewares: Peer = {
  async serve(place) {
    await trace('server', place);
    const server = createServer().use(prometheusServerMiddleware()).use(openTelemetryServerMiddleware());
    server.add(QuestionServiceDefinition, { getUser: async () => ANSWER });
    const port = await server.listen('127.0.0.1:0');
    return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => server.forceShutdown() };
  },

  async connect(address, place) {
    await trace('caller', place);
    const channel = createChannel(address);
    const client = createClientFactory()
      .use(prometheusClientMiddleware())
      .use(openTelemetryClientMiddleware())
      .use(retryMiddleware)
      .use(deadlineMiddleware)
      .create(QuestionServiceDefinition, channel);
    return {
      call: async () => (await client.getUser(QUESTION, CALL_OPTIONS)).user?.id ?? '',
      [Symbol.asyncDispose]: async () => channel.close(),
    };
  },
};

const CALL_OPTIONS = { deadline: 5_000, retry: true, retryMaxAttempts: 2 };

/** As our own row has it: one call in a hundred recorded and exported, ids made and passed on for all. */
async function trace(process: string, { collector }: Place): Promise<void> {
  const endpoint = `http://${collector}`;
  await createTraces({ process, instance: `${process}-1`, version: 'bench', endpoint, sampling: { rootRatio: 0.01 } });
}
