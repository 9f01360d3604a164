import type { ServerDuplexStream } from '@grpc/grpc-js';

import { STATUS_CODES, type Clock, type DeadlineWheel } from '../core/index.ts';
import { readClientBatch, type CallFrame, type ClientSettings } from './client-frames.ts';
import { createLongReplies } from './long-replies.ts';
import { createOutbox } from './outbox.ts';
import { PROTOCOL_VERSION, ProtocolError } from './protocol.ts';
import { RunningCall, hasDeadline } from './running-call.ts';
import { writeDrain, writeFailure, writeReply, writeServerSettings } from './server-frames.ts';
import type { ServerTransportLimits, TransportStats } from './transport-limits.ts';
import type { ServedUnary, UnaryAnswer, UnaryDispatcher } from './unary.ts';

/** The gRPC stream that carries batches, at the server: its messages are left encoded. */
export type ServedExchange = ServerDuplexStream<Buffer, Buffer>;

/** The server's end of one shared stream. */
export interface ServedStream {
  /** Begins no more calls, tells the client which were begun, and ends the stream once those are answered. */
  drain(): void;
  /** Cancels what runs and ends the stream with UNAVAILABLE. */
  close(): void;
}

/** What one stream takes. */
export interface ServedStreamOptions {
  readonly stream: ServedExchange;
  readonly dispatcher: UnaryDispatcher;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly deadlines: DeadlineWheel;
  readonly limits: ServerTransportLimits;
  readonly stats: TransportStats;
  /** The process at the other end; undefined: plain text. */
  readonly caller: string | undefined;
  /** Once: it has ended, and nothing of it is left but handlers that do not heed their cancellation. */
  readonly onEnd: () => void;
}

/** A longer path is nobody's. */
const MAX_PATH_LENGTH = 1_024;

interface Method {
  readonly path: string;
  /** Undefined: there is none of that path. */
  readonly served: ServedUnary | undefined;
}

/** Speaks the server's half of the protocol on a stream that was just opened. */
export function serveStream(options: ServedStreamOptions): ServedStream {
  const { stream, dispatcher, clock, deadlines, limits, stats, caller } = options;
  const peer = stream.getPeer();
  const calls: (RunningCall | undefined)[] = [];
  const methods: Method[] = [];
  let settings: ClientSettings | undefined;
  let inFlight = 0;
  let outstandingBytes = 0;
  let started = 0;
  let isDraining = false;
  let isHalfClosed = false;
  let hasEnded = false;

  const outbox = createOutbox({
    sink: { write: (batch, onAccepted) => stream.write(batch, onAccepted) },
    refill: () => longReplies.refill(),
  });
  const longReplies = createLongReplies(outbox, limits.fragmentBytes, (id) => {
    const call = calls[id];
    if (call !== undefined) release(call);
  });

  const release = (call: RunningCall) => {
    calls[call.id] = undefined;
    inFlight -= 1;
    outstandingBytes -= call.bytes;
    stats.inFlight -= 1;
    endWhenEmpty();
  };

  const endWhenEmpty = () => {
    if (inFlight > 0 || hasEnded || !(isDraining || isHalfClosed)) return;
    outbox.flushAll();
    stream.end();
    finish();
  };

  /** Forgets everything; handlers still running are told that nobody waits. */
  const finish = () => {
    if (hasEnded) return;
    hasEnded = true;
    outbox.close();
    longReplies.close();
    stats.inFlight -= inFlight;
    for (const call of calls) {
      if (call === undefined) continue;
      if (hasDeadline(call)) deadlines.remove(call);
      call.abandon('cancelled');
    }
    calls.length = 0;
    options.onEnd();
  };

  const abort = (code: number, details: string) => {
    if (hasEnded) return;
    finish();
    stream.emit('error', { code, details }); // how a grpc-js handler ends its stream with a status
  };

  const fail = (id: number, code: number, message: string, isUnprocessed: boolean) => {
    outbox.added(writeFailure(outbox.writer, { id, code, message, trailer: undefined, isUnprocessed }));
  };

  const restrain = () => {
    // A peer that sends calls and does not read their answers is not read from either.
    if (outbox.waitingBytes > limits.maxWaitingBytes) stream.pause();
  };

  const answer = (call: RunningCall, outcome: UnaryAnswer) => {
    if (hasEnded) return;
    if (hasDeadline(call)) deadlines.remove(call);
    if (call.givenUp === 'cancelled') fail(call.id, STATUS_CODES.CANCELLED, 'Cancelled on client', false);
    else if (outcome.kind === 'failure') {
      const { message, trailer, isUnprocessed } = outcome;
      const code = outcome.code > 0 && outcome.code <= 16 ? outcome.code : STATUS_CODES.UNKNOWN;
      outbox.added(writeFailure(outbox.writer, { id: call.id, code, message, trailer, isUnprocessed }));
    } else if (call.givenUp === 'deadline') {
      fail(call.id, STATUS_CODES.DEADLINE_EXCEEDED, 'Deadline exceeded', false);
    } else if (!reply(call, outcome)) return; // released when its last fragment has gone
    restrain();
    release(call);
  };

  /** False when the reply goes out in fragments from here on. */
  const reply = (call: RunningCall, outcome: UnaryAnswer & { readonly kind: 'reply' }): boolean => {
    let payload: Uint8Array;
    try {
      payload = call.served.encodeResponse(outcome.response);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      fail(call.id, STATUS_CODES.INTERNAL, `Error serializing response: ${text}`, false);
      return true;
    }
    const { header, trailer } = outcome;
    const { length } = payload;
    const limit = Math.min(limits.maxResponseBytes, settings?.maxReplyBytes || Infinity);
    if (length > limit) {
      const who = limit === limits.maxResponseBytes ? 'Sent' : 'Received';
      fail(call.id, STATUS_CODES.RESOURCE_EXHAUSTED, `${who} message larger than max (${length} vs. ${limit})`, false);
      return true;
    }
    if (length <= limits.fragmentBytes) {
      const frame = { id: call.id, payload, header, trailer, totalBytes: undefined };
      outbox.added(writeReply(outbox.writer, frame));
      return true;
    }
    longReplies.add({ id: call.id, payload, header, trailer });
    return false;
  };

  const methodOf = ({ method, path }: CallFrame): Method => {
    if (method === 0) return { path, served: dispatcher.find(path) };
    const known = methods[method - 1];
    if (path === '') {
      if (known === undefined) throw new ProtocolError(`method ${method} was not declared`);
      return known;
    }
    if (known !== undefined) throw new ProtocolError(`method ${method} was declared before`);
    if (method !== methods.length + 1 || method > limits.maxMethods) {
      throw new ProtocolError(`method ${method} is not the next one to declare`);
    }
    const declared = { path, served: dispatcher.find(path) };
    methods.push(declared);
    return declared;
  };

  const begin = (frame: CallFrame, nowMs: number) => {
    const { id, payload, headers } = frame;
    if (settings === undefined) throw new ProtocolError('a call came before the settings');
    if (id > limits.maxConcurrentCalls) throw new ProtocolError(`call ${id} is beyond the calls at a time`);
    if (calls[id] !== undefined) throw new ProtocolError(`call ${id} is in flight`);
    if (frame.path.length > MAX_PATH_LENGTH) throw new ProtocolError('a path is too long');
    const { path, served } = methodOf(frame);
    if (isDraining) return; // the client knows: it counts its calls
    started += 1;
    stats.started += 1;
    const bytes = payload.length;
    const { maxRequestBytes, maxMetadataBytes, maxOutstandingBytes } = limits;
    if (served === undefined) {
      fail(id, STATUS_CODES.UNIMPLEMENTED, `The server does not implement the method ${path}`, false);
    } else if (bytes > maxRequestBytes) {
      const text = `Received message larger than max (${bytes} vs. ${maxRequestBytes})`;
      fail(id, STATUS_CODES.RESOURCE_EXHAUSTED, text, false);
    } else if (frame.metadataBytes > maxMetadataBytes) {
      const text = `Received metadata larger than max (${frame.metadataBytes} vs. ${maxMetadataBytes})`;
      fail(id, STATUS_CODES.RESOURCE_EXHAUSTED, text, false);
    } else if (outstandingBytes + bytes > maxOutstandingBytes) {
      fail(id, STATUS_CODES.UNAVAILABLE, 'too many bytes of requests are outstanding', true);
    } else {
      const refusal = served.refuse?.(headers);
      if (refusal !== undefined) {
        const { code, message, trailer, isUnprocessed } = refusal;
        outbox.added(writeFailure(outbox.writer, { id, code, message, trailer, isUnprocessed }));
        return restrain();
      }
      inFlight += 1;
      outstandingBytes += bytes;
      stats.inFlight += 1;
      const deadlineMs = headers.timeoutMs === undefined ? undefined : nowMs + headers.timeoutMs;
      const call = new RunningCall(served, frame, { path, peer, caller, deadlineMs });
      calls[id] = call;
      if (hasDeadline(call)) deadlines.add(call);
      void served.serve(served.decodeRequest(payload), call).then((outcome) => answer(call, outcome));
      return;
    }
    restrain();
  };

  const greet = (received: ClientSettings) => {
    if (settings !== undefined) throw new ProtocolError('settings came twice');
    if (received.version === 0) throw new ProtocolError('the settings have no version');
    settings = received;
  };

  const cancel = (id: number) => {
    const call = calls[id];
    if (call === undefined || call.givenUp !== undefined) return;
    if (hasDeadline(call)) deadlines.remove(call);
    call.abandon('cancelled');
    if (longReplies.remove(id)) {
      fail(id, STATUS_CODES.CANCELLED, 'Cancelled on client', false);
      release(call);
    }
  };

  stream.on('data', (batch: Buffer) => {
    if (hasEnded) return;
    const nowMs = clock.monotonicMs();
    try {
      readClientBatch(batch, { settings: greet, cancel, call: (frame) => begin(frame, nowMs) });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      stats.violations += 1;
      abort(STATUS_CODES.INVALID_ARGUMENT, `the transport protocol was broken: ${text}`);
    }
  });
  stream.on('drain', () => {
    outbox.release();
    if (outbox.waitingBytes <= limits.maxWaitingBytes) stream.resume();
  });
  stream.on('end', () => {
    isHalfClosed = true;
    endWhenEmpty();
  });
  stream.on('cancelled', finish);
  stream.on('error', finish);

  const { maxConcurrentCalls, maxOutstandingBytes, maxRequestBytes, maxMetadataBytes, maxMethods } = limits;
  const announced = { maxConcurrentCalls, maxOutstandingBytes, maxRequestBytes, maxMetadataBytes, maxMethods };
  outbox.added(
    writeServerSettings(outbox.writer, {
      ...announced,
      version: PROTOCOL_VERSION,
      fragmentBytes: limits.fragmentBytes,
    }),
  );

  return {
    drain() {
      if (isDraining || hasEnded) return;
      isDraining = true;
      outbox.added(writeDrain(outbox.writer, started));
      endWhenEmpty();
    },
    close: () => abort(STATUS_CODES.UNAVAILABLE, 'the server is shutting down'),
  };
}
