import { authentication } from '../../../../src/authentication.ts';
import type { ChassisClient } from '../../../../src/chassis/client/index.ts';
import { defineService, startService } from '../../../../src/chassis/lifecycle/index.ts';
import { bind } from '../../../../src/chassis/server/index.ts';
import type { Peer, Place } from '../peer.ts';
import { ANSWER, QUESTION, QuestionServiceDefinition } from '../question.ts';

/** How the calls of a row travel: every call a gRPC call of its own, or many on one stream. */
type Transport = 'plain' | 'multiplexed';

/**
 * Two processes of a suite: both started as every service is, with telemetry, metrics, registration and all middleware,
 * one call in a hundred traced and its spans exported, the caller finding the server through etcd. Only the database is
 * missing. The call is one between processes of the suite: it carries no user's token.
 */
export const tradewindPeer = (transport: Transport): Peer => ({
  async serve(place) {
    const definition = defineService({
      name: 'user',
      wire: async () => ({ grpc: [bind(QuestionServiceDefinition, { getUser: async () => ANSWER })] }),
    });
    const service = await startService(definition, environment(place, transport), { authentication });
    return { address: service.grpc, [Symbol.asyncDispose]: () => service.stop() };
  },

  async connect(_address, place) {
    let client: ChassisClient<typeof QuestionServiceDefinition> | undefined;
    const definition = defineService({
      name: 'caller',
      async wire(context) {
        client = context.client(QuestionServiceDefinition, 'user');
        return { grpc: [] };
      },
    });
    const service = await startService(definition, environment(place, transport), { authentication });
    return {
      async call() {
        if (client === undefined) throw new Error('the caller was started without being wired');
        return (await client.getUser(QUESTION)).user?.id ?? '';
      },
      [Symbol.asyncDispose]: () => service.stop(),
    };
  },
});

function environment({ etcd, collector }: Place, transport: Transport): Record<string, string> {
  return {
    ETCD_ENDPOINTS: etcd,
    PAGE_TOKEN_SECRET: 'none-is-made-in-a-benchmark-0000',
    SHUTDOWN_GRACE_MS: '0',
    TRANSPORTS: transport === 'plain' ? 'plain' : 'plain,multiplexed',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector}`,
    OTEL_TRACES_SAMPLER_ARG: '0.01',
    LOG_LEVEL: 'warn',
  };
}
