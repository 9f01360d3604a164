import {
  Metadata as GrpcMetadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { Metadata, ServerError, Status, type CallContext } from 'nice-grpc';

import { HEADERS, systemClock } from '../../src/chassis/core/index.ts';
import { createTransportService, type IncomingUnary, type UnaryAnswer } from '../../src/chassis/transport/index.ts';
import { EchoServiceDefinition, echoImplementation, type EchoImplementation } from './echo-service.ts';

/** A server without the chassis's chain that tests start and stop: the same handlers on plain calls and on shared streams. */
export interface EchoServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** What each call's handler saw, in order. */
  readonly calls: EchoCall[];
  /** Cuts every connection. */
  stop(): Promise<void>;
  /** Answers what has begun, refuses the rest before any handler sees it, and ends. */
  drain(): Promise<void>;
}

/** One call, and what it came over. */
export type EchoCall = CallContext & { readonly transport: 'plain' | 'multiplexed' };

type Handler = (request: unknown, context: CallContext) => Promise<unknown> | AsyncIterable<unknown>;
type AnyCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerReadableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;
type Callback = (error: object | null, response?: unknown, trailer?: GrpcMetadata) => void;

/** Serves on 127.0.0.1; port 0 takes a free one. */
export async function startEchoServer(
  name: string,
  overrides: Partial<EchoImplementation> = {},
  port = 0,
): Promise<EchoServer> {
  const calls: EchoCall[] = [];
  const implementation = echoImplementation(name, overrides) as unknown as Record<string, Handler>; // all kinds alike
  const handle = (method: string, request: unknown, context: EchoCall) => {
    calls.push(context);
    return implementation[method]!(request, context);
  };
  const server = new Server();
  for (const [method, definition] of Object.entries(EchoServiceDefinition.methods)) {
    const { requestType, requestStream, responseType, responseStream } = definition;
    const run = async (call: AnyCall, callback?: Callback) => {
      const { context, trailer } = plainContext(call);
      try {
        const answer = handle(method, requestStream ? call : (call as { request: unknown }).request, context);
        if (responseStream) {
          const stream = call as ServerWritableStream<unknown, unknown>;
          for await (const message of answer as AsyncIterable<unknown>) stream.write(message);
          stream.end(trailer());
        } else {
          const message = await (answer as Promise<unknown>);
          context.sendHeader();
          callback?.(null, message, trailer());
        }
      } catch (error) {
        const status = { ...statusOf(error), metadata: trailer() };
        if (callback === undefined) call.emit('error', status);
        else callback(status);
      }
    };
    const rpc = {
      path: pathOf(definition.name),
      ...{ requestStream, responseStream },
      requestSerialize: encoder(requestType),
      requestDeserialize: (bytes: Buffer) => requestType.decode(bytes),
      responseSerialize: encoder(responseType),
      responseDeserialize: (bytes: Buffer) => responseType.decode(bytes),
    };
    server.addService(
      { [method]: rpc },
      { [method]: (call: AnyCall, callback?: Callback) => void run(call, callback) },
    );
  }

  const unary = new Map(
    Object.entries(EchoServiceDefinition.methods)
      .filter(([, { requestStream, responseStream }]) => !requestStream && !responseStream)
      .map(([method, { name, requestType, responseType }]) => [
        pathOf(name),
        {
          path: pathOf(name),
          decodeRequest: (bytes: Uint8Array) => requestType.decode(bytes),
          encodeResponse: encoder(responseType),
          serve: (request: unknown, incoming: IncomingUnary) =>
            serveShared(incoming, (context) => handle(method, request, context)),
        },
      ]),
  );
  const transport = createTransportService({ dispatcher: { find: (path) => unary.get(path) }, clock: systemClock });
  server.addService(transport.definition, transport.implementation);

  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, taken) =>
      error === null ? resolve(taken) : reject(error),
    );
  });
  const stop = async () => {
    transport.close();
    server.forceShutdown();
  };
  return {
    ...{ address: `127.0.0.1:${bound}`, port: bound, calls, stop },
    async drain() {
      await transport.drain();
      await new Promise((resolve) => server.tryShutdown(resolve));
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function serveShared(
  incoming: IncomingUnary,
  work: (context: EchoCall) => Promise<unknown> | AsyncIterable<unknown>,
): Promise<UnaryAnswer> {
  const controller = new AbortController();
  incoming.onCancel = () => controller.abort();
  const { callId, isRetry, authorization, metadata } = incoming.headers;
  const context: EchoCall = {
    metadata: Metadata(metadata).set(HEADERS.callId, callId),
    peer: incoming.peer,
    header: Metadata(),
    sendHeader: () => undefined, // there are no headers without an answer on a shared stream
    trailer: Metadata(),
    signal: controller.signal,
    transport: 'multiplexed',
  };
  if (isRetry) context.metadata.set(HEADERS.retry, '1');
  if (authorization !== undefined) context.metadata.set(HEADERS.authorization, authorization);
  const { header, trailer } = context;
  try {
    return { kind: 'reply', response: await (work(context) as Promise<unknown>), header, trailer };
  } catch (error) {
    const { code, details } = statusOf(error);
    return { kind: 'failure', code, message: details, trailer, isUnprocessed: false };
  }
}

function plainContext(call: AnyCall): { context: EchoCall; trailer: () => GrpcMetadata } {
  const controller = new AbortController();
  (call as ServerUnaryCall<unknown, unknown>).on('cancelled', () => controller.abort()); // as any of the four
  let isHeaderSent = false;
  const context: EchoCall = {
    metadata: fromGrpc(call.metadata),
    peer: call.getPeer(),
    header: Metadata(),
    sendHeader() {
      if (!isHeaderSent) call.sendMetadata(toGrpc(context.header));
      isHeaderSent = true;
    },
    trailer: Metadata(),
    signal: controller.signal,
    transport: 'plain',
  };
  return { context, trailer: () => toGrpc(context.trailer) };
}

function pathOf(method: string): string {
  return `/${EchoServiceDefinition.fullName}/${method}`;
}

function encoder(type: (typeof EchoServiceDefinition)['methods']['read']['requestType']) {
  return (message: unknown) => Buffer.from(type.encode(type.fromPartial(message as object)).finish());
}

function statusOf(error: unknown): { readonly code: Status; readonly details: string } {
  if (error instanceof ServerError) return { code: error.code, details: error.details };
  if (error instanceof Error && error.name === 'AbortError') return { code: Status.CANCELLED, details: 'cancelled' };
  return { code: Status.UNKNOWN, details: String(error) };
}

function toGrpc(metadata: Metadata): GrpcMetadata {
  const result = new GrpcMetadata();
  for (const [name, values] of metadata) {
    for (const value of values) result.add(name, typeof value === 'string' ? value : Buffer.from(value));
  }
  return result;
}

function fromGrpc(metadata: GrpcMetadata): Metadata {
  const result = Metadata();
  for (const name of Object.keys(metadata.getMap())) result.set(name, metadata.get(name));
  return result;
}
