import { createChannel, createClient, type Channel, type Client, type ServiceImplementation } from 'nice-grpc';

import { HealthDefinition } from '../../../../gen/health/v1/health.ts';
import { ShippingServiceDefinition } from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { loadContract } from '../../../../src/chassis/contract/index.ts';
import type { AppError } from '../../../../src/chassis/core/index.ts';
import { fromStatusDetails } from '../../../../src/chassis/errors/index.ts';
import { bind, createServer, type Server, type ServerOptions } from '../../../../src/chassis/server/index.ts';
import { connectShared } from './shared-client.ts';

const contract = await loadContract();

/** What a test's server answers; methods it does not care about are UNIMPLEMENTED. */
export interface Handlers {
  readonly user?: Partial<ServiceImplementation<typeof UserServiceDefinition>>;
  readonly shipping?: Partial<ServiceImplementation<typeof ShippingServiceDefinition>>;
}

/** A real server on a free port and bare nice-grpc clients of it: no part of our client half is between. */
export interface Serving extends AsyncDisposable {
  readonly server: Server;
  readonly address: string;
  readonly channel: Channel;
  readonly users: Client<typeof UserServiceDefinition>;
  readonly shipping: Client<typeof ShippingServiceDefinition>;
  readonly health: Client<typeof HealthDefinition>;
}

/** What behavioural tests of unary calls run over. */
export const TRANSPORTS = ['plain', 'multiplexed'] as const;

export type ServeArguments = [handlers?: Handlers, options?: Partial<ServerOptions>];

/** As `serve`, with unary calls of the clients over this transport. */
export async function serveOver(transport: (typeof TRANSPORTS)[number], ...args: ServeArguments): Promise<Serving> {
  const serving = await serve(...args);
  if (transport === 'plain') return serving;
  const client = await connectShared(serving.address);
  return {
    ...serving,
    users: { ...serving.users, ...client.methods(UserServiceDefinition) },
    shipping: { ...serving.shipping, ...client.methods(ShippingServiceDefinition) },
    health: { ...serving.health, ...client.methods(HealthDefinition) },
    async [Symbol.asyncDispose]() {
      client.close();
      await serving[Symbol.asyncDispose]();
    },
  };
}

/** Starts the server; it says SERVING. */
export async function serve(handlers: Handlers = {}, options: Partial<ServerOptions> = {}): Promise<Serving> {
  const server = createServer({
    process: 'user',
    contract,
    services: [
      bind(UserServiceDefinition, complete(UserServiceDefinition, handlers.user)),
      bind(ShippingServiceDefinition, complete(ShippingServiceDefinition, handlers.shipping)),
    ],
    ...options,
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  server.health.set('serving');
  const address = `127.0.0.1:${port}`;
  const channel = createChannel(address);
  return {
    server,
    address,
    channel,
    users: createClient(UserServiceDefinition, channel),
    shipping: createClient(ShippingServiceDefinition, channel),
    health: createClient(HealthDefinition, channel),
    async [Symbol.asyncDispose]() {
      channel.close();
      await server.close();
    },
  };
}

/** What a caller was told: the error a client of ours would throw, read from the trailers of a bare one. */
export async function failureOf(call: (onTrailer: (trailer: Trailer) => void) => Promise<unknown>): Promise<AppError> {
  let details: Uint8Array | undefined;
  try {
    await call((trailer) => {
      details = trailer.get('grpc-status-details-bin');
    });
  } catch (error) {
    const { code, details: message } = error as { readonly code: number; readonly details: string };
    return fromStatusDetails(details, { code, message });
  }
  throw new Error('the call succeeded');
}

interface Trailer {
  get(key: 'grpc-status-details-bin'): Uint8Array | undefined;
}

/** Reads a stream to its end. */
export async function collect<Message>(stream: AsyncIterable<Message>): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

function complete<Definition extends { readonly methods: object }, Implementation extends object>(
  definition: Definition,
  handlers: Implementation | undefined,
) {
  const missing = Object.keys(definition.methods).map((name) => [
    name,
    () => {
      throw new Error(`the test does not serve ${name}`);
    },
  ]);
  return { ...Object.fromEntries(missing), ...handlers } as Required<Implementation>;
}
