import type { Channel, Metadata as GrpcMetadata } from '@grpc/grpc-js';
import type { Metadata } from 'nice-grpc-common';

import { STATUS_CODES } from '../core/index.ts';
import type { UnaryAttempt, UnaryOutcome, UnaryTransport } from '../transport/index.ts';
import { fromGrpcMetadata, toBuffer, toGrpcMetadata } from './grpc-metadata.ts';

type GrpcCall = ReturnType<Channel['createCall']>;
type GrpcListener = Parameters<GrpcCall['start']>[1];
type GrpcStatus = Parameters<GrpcListener['onReceiveStatus']>[0];

/**
 * What grpc-js says when no handler saw a call: the peer refused its stream for the second time, after grpc-js's own
 * transparent retry, or there was no connection to send it on. It has no other sign for this. A handler may say the same,
 * passing on what a call of its own failed with; but then there are headers, which at least name the content's type.
 */
const UNPROCESSED = /^(Stream refused by server$|No connection established)/;

/**
 * Each call a stream of HTTP/2 of its own, as every gRPC peer speaks. It drives the channel itself, below grpc-js's Client:
 * that one makes an event emitter, two layers for interceptors and an Error for its stack, for each call.
 */
export function createPlainTransport(channel: Channel): UnaryTransport {
  return {
    name: 'plain',
    start(attempt) {
      const { method, request, headers } = attempt;
      const exchange = new Exchange(attempt);
      attempt.carrier = exchange;
      try {
        const message = toBuffer(method.encodeRequest(request));
        const call = channel.createCall(method.path, Infinity, undefined, null, undefined);
        exchange.call = call;
        call.start(toGrpcMetadata(headers), exchange);
        call.startRead();
        call.sendMessageWithContext({}, message);
        call.halfClose();
      } catch (error) {
        const message = `The request could not be sent: ${textOf(error)}`;
        queueMicrotask(() => exchange.fail(STATUS_CODES.INTERNAL, message));
      }
    },
    cancel(attempt) {
      if (attempt.carrier instanceof Exchange) attempt.carrier.cancel();
    },
  };
}

/** One attempt as grpc-js's listener: a class, so that a call costs one object here and no closures. */
class Exchange implements GrpcListener {
  readonly attempt: UnaryAttempt;
  call: GrpcCall | undefined;
  private header: GrpcMetadata | undefined;
  private message: Buffer | undefined;
  private isOver = false;

  constructor(attempt: UnaryAttempt) {
    this.attempt = attempt;
  }

  onReceiveMetadata(header: GrpcMetadata): void {
    this.header = header;
  }

  onReceiveMessage(message: Buffer): void {
    if (this.message !== undefined) {
      this.call?.cancelWithStatus(STATUS_CODES.UNIMPLEMENTED, 'Too many responses received');
    }
    this.message = message;
  }

  onReceiveStatus(status: GrpcStatus): void {
    if (status.code !== STATUS_CODES.OK) return this.fail(status.code, status.details, status.metadata);
    if (this.message === undefined) {
      return this.fail(STATUS_CODES.UNIMPLEMENTED, 'No message received', status.metadata);
    }
    let response: unknown;
    try {
      response = this.attempt.method.decodeResponse(this.message);
    } catch (error) {
      const text = `Response message parsing error: ${textOf(error)}`;
      return this.fail(STATUS_CODES.INTERNAL, text, status.metadata);
    }
    this.end(new Reply(response, this.header, status.metadata));
  }

  fail(code: number, message: string, trailer?: GrpcMetadata): void {
    const isAnswer = this.header !== undefined || (trailer !== undefined && !isEmpty(trailer));
    this.end({
      kind: 'failure',
      code,
      message,
      header: this.header && fromGrpcMetadata(this.header),
      trailer: trailer && fromGrpcMetadata(trailer),
      isUnprocessed: !isAnswer && code === STATUS_CODES.UNAVAILABLE && UNPROCESSED.test(message),
    });
  }

  cancel(): void {
    const cancelNow = () => this.call?.cancelWithStatus(STATUS_CODES.CANCELLED, 'Cancelled on client');
    cancelNow();
    // A call that is cancelled in the turn it began in is still sent by grpc-js 1.14, and has to be cancelled again then.
    setImmediate(cancelNow);
  }

  private end(outcome: UnaryOutcome): void {
    if (this.isOver) return;
    this.isOver = true;
    this.attempt.done(outcome);
  }
}

/** Most callers read neither header nor trailer, so they are converted where they are read. */
class Reply {
  readonly kind = 'reply';
  readonly response: unknown;
  private readonly grpcHeader: GrpcMetadata | undefined;
  private readonly grpcTrailer: GrpcMetadata;

  constructor(response: unknown, header: GrpcMetadata | undefined, trailer: GrpcMetadata) {
    this.response = response;
    this.grpcHeader = header;
    this.grpcTrailer = trailer;
  }

  get header(): Metadata | undefined {
    return this.grpcHeader && fromGrpcMetadata(this.grpcHeader);
  }

  get trailer(): Metadata {
    return fromGrpcMetadata(this.grpcTrailer);
  }
}

function isEmpty(metadata: GrpcMetadata): boolean {
  return Object.keys(metadata.getMap()).length === 0;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
