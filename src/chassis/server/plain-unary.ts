import type { Metadata as GrpcMetadata, ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js';

import { STATUS_CODES, type Clock, type DeadlineEntry, type DeadlineWheel } from '../core/index.ts';
import type { IncomingUnary, ServedUnary, UnaryAnswer, UnaryDispatcher } from '../transport/index.ts';
import { toBuffer, toGrpcMetadata } from './metadata.ts';
import { PlainHeaders, textOf } from './plain-headers.ts';
import { KEPT_TIMEOUT, MALFORMED_HEADER, parseTimeout } from './wire-guard.ts';

/** What plain unary calls share. */
export interface PlainUnaryOptions {
  readonly dispatcher: UnaryDispatcher;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly deadlines: DeadlineWheel;
  /** Who a call comes from, where its connection says so. */
  readonly callerOf: (headers: GrpcMetadata) => string | undefined;
}

/**
 * Answers the unary calls that come over streams of their own, as every gRPC peer makes them. It stands where grpc-js has
 * its interceptors and never starts the handler below: that one makes a Writable stream and half a dozen closures for a call
 * that has one message each way. Other calls pass through untouched.
 */
export function answerPlainUnary(options: PlainUnaryOptions): ServerInterceptor {
  return ({ path }, call) => {
    const served = options.dispatcher.find(path);
    const result: Pick<ServerInterceptingCallInterface, 'start'> =
      served === undefined ? call : new PlainExchange(served, call, options);
    // grpc-js starts what it gets here; it calls nothing else unless its own listener is called, which ours never is.
    return result as ReturnType<ServerInterceptor>;
  };
}

type GrpcListener = Parameters<ServerInterceptingCallInterface['start']>[0];

/** One call: its wire side. A class, so that a call costs one object here and no closures. */
class PlainExchange implements GrpcListener, DeadlineEntry {
  deadlineMs = Infinity;
  wheelTick = 0;
  wheelNext: DeadlineEntry | undefined = undefined;
  wheelPrevious: DeadlineEntry | undefined = undefined;
  private readonly served: ServedUnary;
  private readonly call: ServerInterceptingCallInterface;
  private readonly options: PlainUnaryOptions;
  private metadata: GrpcMetadata | undefined = undefined;
  private headers: PlainHeaders | undefined = undefined;
  private request: unknown = undefined;
  private hasRequest = false;
  private incoming: PlainIncoming | undefined = undefined;
  private isOver = false;

  constructor(served: ServedUnary, call: ServerInterceptingCallInterface, options: PlainUnaryOptions) {
    this.served = served;
    this.call = call;
    this.options = options;
  }

  start(): void {
    this.call.start(this);
  }

  onReceiveMetadata(metadata: GrpcMetadata): void {
    const headers = new PlainHeaders(metadata);
    const refusal = this.served.refuse?.(headers);
    if (refusal !== undefined) {
      this.isOver = true;
      return this.fail(refusal.code, refusal.message, toGrpcMetadata(refusal.trailer));
    }
    this.metadata = metadata;
    this.headers = headers;
    const timeout = textOf(metadata, KEPT_TIMEOUT);
    if (timeout !== undefined) {
      this.deadlineMs = this.options.clock.monotonicMs() + parseTimeout(timeout);
      this.options.deadlines.add(this);
    }
    this.call.startRead();
  }

  onReceiveMessage(message: unknown): void {
    if (this.hasRequest) return this.refuse('Too many requests received');
    this.request = message;
    this.hasRequest = true;
    this.call.startRead();
  }

  onReceiveHalfClose(): void {
    if (!this.hasRequest) return this.refuse('No request received');
    if (this.isOver) return;
    const { headers, metadata, call, deadlineMs } = this;
    this.incoming = new PlainIncoming(this.served.path, headers!, call, {
      deadlineMs: deadlineMs === Infinity ? undefined : deadlineMs,
      caller: this.options.callerOf(metadata!),
      malformedHeader: textOf(metadata!, MALFORMED_HEADER),
    });
    void this.served.serve(this.request, this.incoming).then((answer) => this.answer(answer));
  }

  /** Called for every call when its stream has closed; before the answer it means that the caller has gone. */
  onCancel(): void {
    if (this.isOver) return;
    this.end();
    this.incoming?.onCancel?.('cancelled');
  }

  /** For the wheel. */
  expire(): void {
    if (this.incoming !== undefined) return this.incoming.onCancel?.('deadline');
    // The request never came.
    this.end();
    this.call.sendStatus({ code: STATUS_CODES.DEADLINE_EXCEEDED, details: 'Deadline exceeded' });
  }

  private answer(answer: UnaryAnswer): void {
    if (this.isOver) return;
    this.end();
    if (answer.kind === 'reply') this.reply(answer);
    else this.fail(answer.code, answer.message, toGrpcMetadata(answer.trailer));
  }

  private reply({ response, header, trailer }: UnaryAnswer & { readonly kind: 'reply' }): void {
    const { call, served } = this;
    let message: Buffer;
    let metadata: GrpcMetadata | null;
    try {
      message = toBuffer(served.encodeResponse(response));
      metadata = trailer === undefined ? null : toGrpcMetadata(trailer);
      if (header !== undefined) call.sendMetadata(toGrpcMetadata(header));
    } catch (error) {
      return this.fail(STATUS_CODES.INTERNAL, `Error serializing response: ${textFrom(error)}`);
    }
    call.sendMessage(message, nothing);
    // Not when the message has been written: then status and message would be two writes, two turns of the event loop.
    call.sendStatus({ code: STATUS_CODES.OK, details: 'OK', metadata });
  }

  private refuse(details: string): void {
    this.end();
    this.fail(STATUS_CODES.UNIMPLEMENTED, details);
  }

  private fail(code: number, details: string, metadata: GrpcMetadata | null = null): void {
    this.call.sendStatus({ code, details, metadata });
  }

  private end(): void {
    this.isOver = true;
    this.options.deadlines.remove(this);
  }
}

/** One call as the dispatcher sees it. */
class PlainIncoming implements IncomingUnary {
  readonly transport = 'plain';
  readonly path: string;
  readonly headers: PlainHeaders;
  readonly deadlineMs: number | undefined;
  readonly caller: string | undefined;
  readonly malformedHeader: string | undefined;
  onCancel: IncomingUnary['onCancel'] = undefined;
  private readonly call: ServerInterceptingCallInterface;

  constructor(
    path: string,
    headers: PlainHeaders,
    call: ServerInterceptingCallInterface,
    { deadlineMs, caller, malformedHeader }: Pick<IncomingUnary, 'deadlineMs' | 'caller' | 'malformedHeader'>,
  ) {
    this.path = path;
    this.headers = headers;
    this.deadlineMs = deadlineMs;
    this.caller = caller;
    this.malformedHeader = malformedHeader;
    this.call = call;
  }

  get peer(): string {
    return this.call.getPeer();
  }
}

const nothing = () => undefined;

function textFrom(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
