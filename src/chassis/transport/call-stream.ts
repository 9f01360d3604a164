import type { ClientDuplexStream } from '@grpc/grpc-js';

import { STATUS_CODES } from '../core/index.ts';
import { writeCall, writeCancel, writeClientSettings } from './client-frames.ts';
import { metadataBytes } from './metadata-entries.ts';
import { createOutbox } from './outbox.ts';
import { PROTOCOL_VERSION, ProtocolError } from './protocol.ts';
import { createReassembly } from './reassembly.ts';
import { readServerBatch, type FailureFrame, type ReplyFrame, type ServerSettings } from './server-frames.ts';
import type { UnaryAttempt, UnaryMethod, UnaryOutcome } from './unary.ts';

/** The gRPC stream that carries batches: its messages are left encoded. */
export type ExchangeStream = ClientDuplexStream<Buffer, Buffer>;

/**
 * One call on a stream. It is the attempt's `carrier`: a class, so that it can be told from what another transport left
 * there.
 */
export class StreamCall {
  /** Undefined once the caller was told how the call ended; its id stays taken until the server's last frame. */
  attempt: UnaryAttempt | undefined;
  readonly stream: CallStream;
  readonly id: number;
  /** Its place among the stream's calls, from 1. */
  readonly ordinal: number;
  /** Of its payload. */
  readonly bytes: number;

  constructor(stream: CallStream, attempt: UnaryAttempt, place: { id: number; ordinal: number; bytes: number }) {
    this.stream = stream;
    this.attempt = attempt;
    this.id = place.id;
    this.ordinal = place.ordinal;
    this.bytes = place.bytes;
  }
}

/** How a stream came to its end. */
export interface StreamEnd {
  /** The gRPC status number. */
  readonly code: number;
  readonly message: string;
  /** Calls that were told that they failed because of it. */
  readonly failedCalls: number;
  readonly unprocessedCalls: number;
}

/** The client's end of one shared stream. */
export interface CallStream {
  /** Calls begun and not ended, those given up among them. */
  readonly inFlight: number;
  /** Puts a call on the stream; false when there is no room for it, or it is too large to share. */
  begin(attempt: UnaryAttempt): boolean;
  /** Tells the server that nobody waits any more, and the caller CANCELLED. */
  cancel(call: StreamCall): void;
  /** Ends it now; calls in flight fail. */
  close(message: string): void;
}

/** Who hears what becomes of the stream. */
export interface StreamListener {
  /** The server's settings came: calls may begin. */
  onOpen(settings: ServerSettings): void;
  /** The server goes away: no more calls; those it never began have failed as unprocessed. */
  onDrain(unprocessedCalls: number): void;
  /** Once, last. */
  onEnd(end: StreamEnd): void;
}

/** What one stream takes. */
export interface CallStreamOptions {
  readonly stream: ExchangeStream;
  readonly maxReplyBytes: number;
  /** A request longer than this is not put between others'. */
  readonly maxSharedRequestBytes: number;
  readonly listener: StreamListener;
}

/** Speaks the client's half of the protocol on a stream that was just opened. */
export function createCallStream(options: CallStreamOptions): CallStream {
  const { stream, listener, maxReplyBytes, maxSharedRequestBytes } = options;
  const outbox = createOutbox({ sink: { write: (batch, onAccepted) => stream.write(batch, onAccepted) } });
  const reassembly = createReassembly(maxReplyBytes);
  const calls: (StreamCall | undefined)[] = [];
  const freeIds: number[] = [];
  const methodNumbers = new Map<UnaryMethod, number>();
  let settings: ServerSettings | undefined;
  let started = 0;
  let inFlight = 0;
  let outstandingBytes = 0;
  let isDraining = false;
  let hasEnded = false;
  let status: { readonly code: number; readonly details: string } | undefined;
  let isRead = false;

  const tell = (call: StreamCall, outcome: UnaryOutcome) => {
    const { attempt } = call;
    call.attempt = undefined;
    attempt?.done(outcome);
  };

  const release = (call: StreamCall) => {
    calls[call.id] = undefined;
    freeIds.push(call.id);
    inFlight -= 1;
    outstandingBytes -= call.bytes;
  };

  /** Fails these calls, and counts those that had not ended for their callers. */
  const failAll = (failed: readonly StreamCall[], outcomeOf: (call: StreamCall) => UnaryOutcome) => {
    let told = 0;
    for (const call of failed) {
      release(call);
      reassembly.forget(call.id);
      if (call.attempt === undefined) continue;
      told += 1;
      tell(call, outcomeOf(call));
    }
    return told;
  };

  const end = (code: number, message: string, callCode: number = STATUS_CODES.UNAVAILABLE) => {
    if (hasEnded) return;
    hasEnded = true;
    const { written } = outbox;
    outbox.close();
    let unprocessedCalls = 0;
    const failedCalls = failAll(calls.filter(isPresent), ({ ordinal }) => {
      const isUnprocessed = ordinal > written;
      if (isUnprocessed) unprocessedCalls += 1;
      return failure(callCode, message, isUnprocessed);
    });
    listener.onEnd({ code, message, failedCalls, unprocessedCalls });
  };

  const giveUp = (message: string, code: number) => {
    stream.cancel();
    end(code, message, code);
  };

  const callOf = (id: number): StreamCall => {
    const call = calls[id];
    if (call === undefined) throw new ProtocolError(`call ${id} is not in flight`);
    return call;
  };

  const succeed = (call: StreamCall, reply: ReplyFrame) => {
    release(call);
    const { attempt } = call;
    if (attempt !== undefined) tell(call, decoded(attempt.method, reply));
  };

  const handler = {
    settings(received: ServerSettings) {
      if (settings !== undefined) throw new ProtocolError('settings came twice');
      if (received.version !== PROTOCOL_VERSION) throw new ProtocolError(`version ${received.version} is not known`);
      settings = received;
      listener.onOpen(received);
    },
    reply(frame: ReplyFrame) {
      const call = callOf(frame.id);
      if (frame.totalBytes === undefined) {
        const { length } = frame.payload;
        if (length <= maxReplyBytes) succeed(call, frame);
        else {
          release(call);
          tell(call, tooLarge(length, maxReplyBytes));
        }
      } else if (!reassembly.begin(frame, frame.totalBytes)) {
        tell(call, tooLarge(frame.totalBytes, maxReplyBytes));
        outbox.added(writeCancel(outbox.writer, call.id));
      }
    },
    fragment(id: number, payload: Uint8Array) {
      const call = callOf(id);
      const whole = reassembly.add(id, payload, call.attempt !== undefined);
      if (whole !== undefined) succeed(call, whole);
    },
    failure({ id, code, message, trailer, isUnprocessed }: FailureFrame) {
      const call = callOf(id);
      release(call);
      reassembly.forget(id);
      tell(call, { kind: 'failure', code: code === 0 ? STATUS_CODES.UNKNOWN : code, message, trailer, isUnprocessed });
    },
    drain(lastStarted: number) {
      if (isDraining) return;
      isDraining = true;
      const never = calls.filter(isPresent).filter(({ ordinal }) => ordinal > lastStarted);
      listener.onDrain(never.filter(({ attempt }) => attempt !== undefined).length);
      failAll(never, () => failure(STATUS_CODES.UNAVAILABLE, 'the server is draining', true));
    },
  };

  stream.on('data', (batch: Buffer) => {
    if (hasEnded) return;
    try {
      readServerBatch(batch, handler);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      giveUp(`the peer broke the transport protocol: ${text}`, STATUS_CODES.INTERNAL);
    }
  });
  stream.on('drain', () => outbox.release());
  stream.on('error', () => undefined); // the status says the same, and says it also where there is no error
  const settle = () => {
    // Batches that came before the status may still be waiting to be read when it is told.
    if (status !== undefined && isRead) end(status.code, status.details);
  };
  stream.on('status', (received: { readonly code: number; readonly details: string }) => {
    status = received;
    settle();
  });
  stream.on('end', () => {
    isRead = true;
    settle();
  });
  outbox.added(writeClientSettings(outbox.writer, { version: PROTOCOL_VERSION, maxReplyBytes }));

  const self: CallStream = {
    get inFlight() {
      return inFlight;
    },
    begin(attempt) {
      if (settings === undefined || isDraining || hasEnded) return false;
      if (inFlight >= settings.maxConcurrentCalls) return false;
      const { method, headers } = attempt;
      if (headerBytes(attempt) > settings.maxMetadataBytes) return false;
      let payload: Uint8Array;
      try {
        payload = method.encodeRequest(attempt.request);
      } catch (error) {
        const text = `Request message serialization failure: ${messageOf(error)}`;
        queueMicrotask(() => attempt.done(failure(STATUS_CODES.INTERNAL, text, false)));
        return true;
      }
      const bytes = payload.length;
      if (bytes > Math.min(maxSharedRequestBytes, settings.maxRequestBytes)) return false;
      if (outstandingBytes + bytes > settings.maxOutstandingBytes) return false;

      const id = freeIds.pop() ?? inFlight + 1;
      const known = methodNumbers.get(method);
      const number = known ?? declare(method, settings.maxMethods);
      started += 1;
      inFlight += 1;
      outstandingBytes += bytes;
      const call = new StreamCall(self, attempt, { id, ordinal: started, bytes });
      calls[id] = call;
      attempt.carrier = call;
      const path = known === undefined ? method.path : '';
      outbox.added(writeCall(outbox.writer, { id, method: number, path, headers, payload }), started);
      return true;
    },
    cancel(call) {
      if (call.attempt === undefined) return;
      outbox.added(writeCancel(outbox.writer, call.id));
      tell(call, failure(STATUS_CODES.CANCELLED, 'Cancelled on client', false));
    },
    close: (message) => giveUp(message, STATUS_CODES.UNAVAILABLE),
  };

  /** The next number, or 0 when the server keeps no more of them: then each call says its path. */
  function declare(method: UnaryMethod, maxMethods: number): number {
    if (methodNumbers.size >= maxMethods) return 0;
    const number = methodNumbers.size + 1;
    methodNumbers.set(method, number);
    return number;
  }
  return self;
}

function headerBytes({ method, headers }: UnaryAttempt): number {
  const { callId, authorization, traceparent, tracestate, metadata } = headers;
  return (
    method.path.length +
    callId.length +
    (authorization?.length ?? 0) +
    (traceparent?.length ?? 0) +
    (tracestate?.length ?? 0) +
    (metadata === undefined ? 0 : metadataBytes(metadata))
  );
}

function decoded(method: UnaryMethod, { payload, header, trailer }: ReplyFrame): UnaryOutcome {
  let response: unknown;
  try {
    response = method.decodeResponse(payload);
  } catch (error) {
    const text = `Response message parsing error: ${messageOf(error)}`;
    return failure(STATUS_CODES.INTERNAL, text, false);
  }
  return { kind: 'reply', response, header, trailer };
}

function tooLarge(bytes: number, limit: number): UnaryOutcome {
  const text = `Received message larger than max (${bytes} vs ${limit})`;
  return failure(STATUS_CODES.RESOURCE_EXHAUSTED, text, false);
}

function failure(code: number, message: string, isUnprocessed: boolean): UnaryOutcome {
  return { kind: 'failure', code, message, trailer: undefined, isUnprocessed };
}

function isPresent(call: StreamCall | undefined): call is StreamCall {
  return call !== undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
