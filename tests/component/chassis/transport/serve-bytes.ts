import {
  Channel,
  Server,
  ServerCredentials,
  credentials,
  type ChannelOptions,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';

import { createPlainTransport } from '../../../../src/chassis/channel/plain-transport.ts';
import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import {
  createMultiplexedTransport,
  createTransportService,
  type CallHeaders,
  type ClientTransportLimits,
  type IncomingUnary,
  type MultiplexedTransport,
  type ServedUnary,
  type ServerTransportLimits,
  type TransportService,
  type UnaryAnswer,
  type UnaryAttempt,
  type UnaryMethod,
  type UnaryOutcome,
} from '../../../../src/chassis/transport/index.ts';

/** Answers one method whose messages are bytes, whichever transport the call came over. */
export type BytesHandler = (request: Uint8Array, call: IncomingUnary) => Promise<UnaryAnswer> | UnaryAnswer;

/** What a test's server has. */
export interface ServeOptions {
  readonly limits?: Partial<ServerTransportLimits>;
  readonly port?: number;
  /** Default: true. False: a peer that never heard of shared streams. */
  readonly offers?: boolean;
  readonly server?: ChannelOptions;
}

/** A grpc-js server with these methods, plain and on shared streams: no other part of the chassis is between. */
export interface ServingBytes extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly service: TransportService;
  /** Every call that a handler saw. */
  readonly calls: readonly IncomingUnary[];
  /** Ends it as a crash would: connections are cut. */
  kill(): void;
}

const identity = (bytes: Buffer) => bytes;

export async function serveBytes(
  handlers: Readonly<Record<string, BytesHandler>>,
  { limits, port = 0, offers = true, server: channelOptions = {} }: ServeOptions = {},
): Promise<ServingBytes> {
  const calls: IncomingUnary[] = [];
  const answer = async (path: string, request: Uint8Array, call: IncomingUnary) => {
    calls.push(call);
    return handlers[path]!(request, call);
  };
  const served = new Map<string, ServedUnary>(
    Object.keys(handlers).map((path) => [
      path,
      {
        path,
        decodeRequest: (bytes) => bytes.slice(),
        encodeResponse: (message) => message as Uint8Array, // what the handlers answer with
        serve: (request, call) => answer(path, request as Uint8Array, call),
      },
    ]),
  );
  const server = new Server(channelOptions);
  for (const path of Object.keys(handlers)) {
    const definition = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    } as const;
    server.addService(
      { call: definition },
      {
        call: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
          const incoming: IncomingUnary = { ...NO_CALL, path, peer: call.getPeer(), headers: NO_HEADERS };
          void answer(path, call.request, incoming).then((outcome) =>
            outcome.kind === 'reply'
              ? done(null, Buffer.from(outcome.response as Uint8Array))
              : done({ code: outcome.code, details: outcome.message }),
          );
        },
      },
    );
  }
  const service = createTransportService({
    dispatcher: { find: (path) => served.get(path) },
    clock: systemClock,
    ...(limits === undefined ? {} : { limits }),
  });
  if (offers) server.addService(service.definition, service.implementation);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) =>
      error === null ? resolve(at) : reject(error),
    );
  });
  const kill = () => {
    service.close();
    server.forceShutdown();
  };
  return {
    address: `127.0.0.1:${bound}`,
    port: bound,
    service,
    calls,
    kill: () => server.forceShutdown(),
    [Symbol.asyncDispose]: async () => kill(),
  };
}

/** Of a call that carries nothing beside its message. */
export const NO_HEADERS: CallHeaders = {
  callId: '',
  timeoutMs: undefined,
  isRetry: false,
  authorization: undefined,
  traceparent: undefined,
  tracestate: undefined,
  metadata: undefined,
};

const NO_CALL = {
  deadlineMs: undefined,
  caller: undefined,
  transport: 'plain',
  malformedHeader: undefined,
  onCancel: undefined,
} as const;

/** A call under way. */
export interface StartedCall {
  readonly attempt: UnaryAttempt;
  readonly outcome: Promise<UnaryOutcome>;
  cancel(): void;
}

/** A client's end over a channel of its own. */
export interface Connected extends AsyncDisposable {
  readonly transport: MultiplexedTransport;
  readonly channel: Channel;
  start(path: string, request?: Uint8Array, headers?: Partial<CallHeaders>): StartedCall;
  call(path: string, request?: Uint8Array, headers?: Partial<CallHeaders>): Promise<UnaryOutcome>;
}

/** Connects; does not wait for the shared stream. */
export function connect(address: string, limits?: Partial<ClientTransportLimits>): Connected {
  const channel = new Channel(address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 100,
  });
  const plain = createPlainTransport(channel);
  const transport = createMultiplexedTransport({ channel, plain, clock: systemClock, random: systemRandom, limits });
  const keepConnected = setInterval(() => channel.getConnectivityState(true), 10); // what a subchannel does
  channel.getConnectivityState(true);
  const methods = new Map<string, UnaryMethod>();
  const methodOf = (path: string) => {
    const method = methods.get(path) ?? {
      path,
      encodeRequest: (message: unknown) => message as Uint8Array,
      decodeResponse: (bytes: Uint8Array) => bytes.slice(),
    };
    methods.set(path, method);
    return method;
  };
  const start = (path: string, request: Uint8Array = new Uint8Array(0), headers: Partial<CallHeaders> = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<UnaryOutcome>();
    let isDone = false;
    const attempt: UnaryAttempt = {
      method: methodOf(path),
      request,
      headers: { ...NO_HEADERS, ...headers },
      carrier: undefined,
      done(outcome) {
        if (isDone) reject(new Error('done was called twice'));
        isDone = true;
        resolve(outcome);
      },
    };
    transport.start(attempt);
    return { attempt, outcome: promise, cancel: () => transport.cancel(attempt) };
  };
  return {
    transport,
    channel,
    start,
    call: (path, request, headers) => start(path, request, headers).outcome,
    async [Symbol.asyncDispose]() {
      clearInterval(keepConnected);
      transport.close();
      channel.close();
    },
  };
}

/** Connects and waits until calls share a stream. */
export async function connectShared(address: string, limits?: Partial<ClientTransportLimits>): Promise<Connected> {
  const connected = connect(address, limits);
  if (connected.transport.state.kind !== 'open') {
    await new Promise<void>((resolve) => {
      const stop = connected.transport.events.on('opened', () => {
        stop();
        resolve();
      });
    });
  }
  return connected;
}

/** An answer that is OK. */
export function reply(response: Uint8Array): UnaryAnswer {
  return { kind: 'reply', response, header: undefined, trailer: undefined };
}

/** The answer of a call that must have succeeded. */
export function responseOf(outcome: UnaryOutcome): Uint8Array {
  if (outcome.kind !== 'reply') throw new Error(`the call failed: ${outcome.code} ${outcome.message}`);
  return outcome.response as Uint8Array;
}

/** Bytes that say this. */
export function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}
