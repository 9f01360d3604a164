import { authentication } from '../authentication.ts';
import { bytesDefinitions, loadContract, processOf } from '../chassis/contract/index.ts';
import { defineService, type ServiceContext, type Wiring } from '../chassis/lifecycle/index.ts';
import { observeDatabase } from '../chassis/telemetry/index.ts';
import { createCallers } from './caller.ts';
import { createGatewayServer, httpFace, type Upstream } from './http-server.ts';
import { openApiDocument } from './openapi.ts';
import { WRITE_LIMIT_KEYS, openWriteCounter, type WriteCounter } from './write-limit.ts';

/** The gateway process: HTTP and JSON outside, gRPC clients inside; owns nothing durable. */
export const gatewayService = defineService({
  name: 'gateway',
  configuration: WRITE_LIMIT_KEYS,
  // Each has routes of its own; without these three, orders are placed all the same.
  neighbours: { shipping: 'optional', notification: 'optional', loyalty: 'optional' },
  async wire(context) {
    const contract = await loadContract();
    const definitions = bytesDefinitions(contract);
    const clients = new Map(
      contract.methods.flatMap((method) => {
        const definition = definitions.get(method.service);
        const process = processOf(method);
        if (process === undefined || definition === undefined) return [];
        return [[method.service, context.client(definition, process)] as const];
      }),
    );

    const upstream: Upstream = async (path, request, { signal }) => {
      const [, service = '', name = ''] = path.split('/');
      const call = clients.get(service)?.[name];
      if (call === undefined) throw new Error(`the contract has no ${path}`);
      // The definition's messages are bytes and its routes unary.
      return (await (call as UnaryCall)(request, { signal })) as Uint8Array;
    };

    const writes = openWriteCounter(context.config, context);
    const server = createGatewayServer({
      contract,
      upstream,
      callers: createCallers(authentication(context)),
      writes,
      openApi: JSON.stringify(openApiDocument(await loadContract({ comments: true }), context.config.VERSION)),
      logger: context.logger,
      tracing: context.telemetry.traces,
      clock: context.clock,
      newId: context.newId,
    });
    // Connections that the drain's time was not enough for.
    const close = async () => {
      server.server.closeAllConnections();
      if (writes.kind === 'shared') await writes.limiter.close();
    };
    return { grpc: [], http: httpFace(server), ...limiting(writes, context), close };
  },
});

/** What the chassis runs and watches of the limit. */
function limiting(
  writes: WriteCounter,
  { telemetry: { logger, metrics }, clock }: Pick<ServiceContext, 'telemetry' | 'clock'>,
): Pick<Wiring, 'policies' | 'background'> {
  if (writes.kind === 'none') return {};
  const policies = { 'write limit': writes.limiter };
  if (writes.kind === 'local') return { policies };
  const { limiter } = writes;
  observeDatabase(limiter.database, { logger, metrics, clock });
  return { policies, background: [{ name: 'write limit', run: (signal) => limiter.prune(signal) }] };
}

type UnaryCall = (request: Uint8Array, options: { readonly signal: AbortSignal }) => Promise<unknown>;
