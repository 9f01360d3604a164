import { Channel, credentials } from '@grpc/grpc-js';
import { ClientError, Metadata, type CallOptions, type TsProtoServiceDefinition } from 'nice-grpc';

import { createPlainTransport } from '../../../../src/chassis/channel/plain-transport.ts';
import { HEADERS, parsePriority, systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import {
  createMultiplexedTransport,
  type CallHeaders,
  type UnaryAttempt,
  type UnaryMethod,
  type UnaryOutcome,
  type UnaryTransport,
} from '../../../../src/chassis/transport/index.ts';
import { eventually } from '../../../support/eventually.ts';

type Methods = Readonly<Record<string, (request: unknown, options?: CallOptions) => Promise<unknown>>>;

/** Unary calls over one shared stream, with nothing of our client above the transport: no retry, no deadline of its own. */
export interface SharedClient {
  readonly transport: UnaryTransport;
  /** The unary methods of a service, as nice-grpc's client has them. */
  methods(definition: TsProtoServiceDefinition): Methods;
  close(): void;
}

/** Resolves when the stream is open. */
export async function connectShared(address: string): Promise<SharedClient> {
  const channel = new Channel(address, credentials.createInsecure(), {});
  const plain = createPlainTransport(channel);
  const transport = createMultiplexedTransport({ channel, plain, clock: systemClock, random: systemRandom });
  channel.getConnectivityState(true);
  await eventually(() => {
    if (transport.state.kind !== 'open') throw new Error(`the shared stream is ${transport.state.kind}`);
  });
  return {
    transport,
    methods: ({ fullName, methods }) =>
      Object.fromEntries(
        Object.entries(methods)
          .filter(([, { requestStream, responseStream }]) => !requestStream && !responseStream)
          .map(([name, { name: rpc, requestType, responseType }]) => {
            const method: UnaryMethod = {
              path: `/${fullName}/${rpc}`,
              encodeRequest: (message) => requestType.encode(requestType.fromPartial?.(message)).finish(),
              decodeResponse: (bytes) => responseType.decode(bytes),
            };
            return [name, (request, options) => call(transport, method, request, options ?? {})];
          }),
      ),
    close() {
      transport.close();
      channel.close();
    },
  };
}

async function call(transport: UnaryTransport, method: UnaryMethod, request: unknown, options: CallOptions) {
  const outcome = await new Promise<UnaryOutcome>((resolve) => {
    const attempt: UnaryAttempt = {
      ...{ method, request, headers: headersOf(Metadata(options.metadata)) },
      carrier: undefined,
      done: resolve,
    };
    transport.start(attempt);
    options.signal?.addEventListener('abort', () => transport.cancel(attempt), { once: true });
  });
  if (outcome.header !== undefined) options.onHeader?.(outcome.header);
  options.onTrailer?.(outcome.trailer ?? Metadata());
  if (outcome.kind === 'reply') return outcome.response;
  throw new ClientError(method.path, outcome.code, outcome.message);
}

/** What CallHeaders has a field for is taken out of the metadata, as our client does. */
function headersOf(metadata: Metadata): CallHeaders {
  const take = (name: string) => {
    const value = metadata.get(name);
    metadata.delete(name);
    return value === undefined ? undefined : String(value);
  };
  const timeout = take(HEADERS.timeout);
  return {
    callId: take(HEADERS.callId) ?? '',
    timeoutMs: timeout === undefined ? undefined : Number.parseInt(timeout, 10), // tests write milliseconds
    isRetry: take(HEADERS.retry) === '1',
    priority: parsePriority(take(HEADERS.priority)),
    authorization: take(HEADERS.authorization),
    traceparent: take(HEADERS.traceparent),
    tracestate: take(HEADERS.tracestate),
    metadata: [...metadata].length === 0 ? undefined : metadata,
  };
}
