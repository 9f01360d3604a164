import { once } from 'node:events';

import type {
  Metadata as GrpcMetadata,
  ServerDuplexStream,
  ServerReadableStream,
  ServerWritableStream,
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
} from '@grpc/grpc-js';

import { AppError, type Clock } from '../core/index.ts';
import {
  HandlerContext,
  ServerCall,
  cancelledByCaller,
  createStreamingChain,
  createUnaryChain,
  deadlineExceeded,
  toFailure,
  type Admission,
  type ChainOptions,
  type Failure,
  type ServedMethod,
} from '../middleware/server/index.ts';
import type { IncomingUnary } from '../transport/index.ts';
import type { BoundMethod } from './binding.ts';
import { toGrpcMetadata } from './metadata.ts';
import { PlainHeaders, textOf } from './plain-headers.ts';
import { MALFORMED_HEADER } from './wire-guard.ts';

/** What makes the grpc-js handler of a method that streams. */
export interface StreamingMethodOptions {
  readonly method: BoundMethod;
  readonly served: ServedMethod;
  readonly chain: ChainOptions;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** Who a call comes from, where its connection says so. */
  readonly callerOf: (headers: GrpcMetadata) => string | undefined;
  readonly admission: Admission;
}

type ServerStream = ServerReadableStream<unknown, unknown> | ServerWritableStream<unknown, unknown>;
type WritingStream = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

/** Requests stream, one message answers. */
export function createClientStreaming(options: StreamingMethodOptions): handleClientStreamingCall<unknown, unknown> {
  const { method, served, chain, clock, admission } = options;
  const serve = createUnaryChain(served, (requests, context) => method.handle(requests, context), chain);
  return (stream, respond) => {
    const incoming = incomingOf(stream, options);
    const refusal = admission.refuse(served, incoming.headers);
    if (refusal !== undefined) return respond(toGrpcError(refusal));
    stream.on('cancelled', () => incoming.onCancel?.(isLate(incoming, clock) ? 'deadline' : 'cancelled'));
    void serve(requestsOf(stream), incoming).then((answer) => {
      if (answer.kind === 'failure') return respond(toGrpcError(answer));
      if (answer.header !== undefined) stream.sendMetadata(toGrpcMetadata(answer.header));
      respond(null, answer.response, toGrpcMetadata(answer.trailer));
    });
  };
}

/** One message asks, a stream answers. */
export function createServerStreaming(options: StreamingMethodOptions): handleServerStreamingCall<unknown, unknown> {
  const answer = createAnswer(options);
  return (stream) => answer(stream, stream.request);
}

/** Both stream. */
export function createBidiStreaming(options: StreamingMethodOptions): handleBidiStreamingCall<unknown, unknown> {
  const answer = createAnswer(options);
  return (stream) => answer(stream, requestsOf(stream));
}

function createAnswer(options: StreamingMethodOptions) {
  const { method, served, chain, clock, admission } = options;
  const { domain, newId } = chain;
  // The definition says that this method answers with a stream.
  const handle = (request: unknown, context: HandlerContext) =>
    method.handle(request, context) as AsyncIterable<unknown>;
  const responsesOf = createStreamingChain(handle, chain);

  return (stream: WritingStream, request: unknown): void => {
    const incoming = incomingOf(stream, options);
    const refusal = admission.refuse(served, incoming.headers);
    if (refusal !== undefined) return void stream.emit('error', toGrpcError(refusal));
    const call = new ServerCall(served, incoming, newId);
    const context = new HandlerContext(call, (header) => stream.sendMetadata(toGrpcMetadata(header)));
    stream.on('cancelled', () => call.end(isLate(incoming, clock) ? deadlineExceeded() : cancelledByCaller()));
    void write(stream, responsesOf(call, request, context), call, context).then(
      (trailer) => stream.end(toGrpcMetadata(trailer)),
      (thrown: unknown) => {
        const error = call.endedBy ?? AppError.from(thrown);
        const failure = toFailure(error, { domain, trailer: context.trailerOfFailure, isUnprocessed: false });
        stream.emit('error', toGrpcError(failure)); // how a grpc-js handler ends its stream with a status
      },
    );
  };
}

/** Writes header and messages; resolves to the trailer. */
async function write(
  stream: WritingStream,
  responses: AsyncIterable<unknown>,
  call: ServerCall,
  context: HandlerContext,
) {
  for await (const message of responses) {
    context.sendHeader();
    if (!stream.write(message)) await once(stream, 'drain', { signal: call.signal });
  }
  context.sendHeader();
  return context.answered.trailer;
}

/** The messages as they come. Throws CANCELLED when the caller goes before it has sent them all. */
async function* requestsOf(stream: ServerReadableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>) {
  try {
    // Left alone when the handler has read enough: destroying it would end the answer too.
    yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterable<unknown>;
  } catch (error) {
    throw stream.cancelled || stream.destroyed ? cancelledByCaller() : error;
  }
}

function incomingOf(
  stream: ServerStream,
  { clock, callerOf }: Pick<StreamingMethodOptions, 'clock' | 'callerOf'>,
): IncomingUnary {
  const deadline = Number(stream.getDeadline());
  return {
    path: stream.getPath(),
    headers: new PlainHeaders(stream.metadata),
    deadlineMs: Number.isFinite(deadline) ? clock.monotonicMs() + deadline - clock.now() : undefined,
    peer: stream.getPeer(),
    caller: callerOf(stream.metadata),
    transport: 'plain',
    malformedHeader: textOf(stream.metadata, MALFORMED_HEADER),
    onCancel: undefined,
  };
}

/** grpc-js ends a stream at its deadline as if the caller had cancelled it. */
function isLate({ deadlineMs }: IncomingUnary, clock: Pick<Clock, 'monotonicMs'>): boolean {
  return deadlineMs !== undefined && deadlineMs <= clock.monotonicMs();
}

function toGrpcError({ code, message, trailer }: Failure) {
  return { code, details: message, metadata: toGrpcMetadata(trailer) };
}
