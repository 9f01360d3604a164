import type { Metadata } from 'nice-grpc-common';

import type { Priority } from '../core/index.ts';

/** A unary method as transports need it; they keep what they know of it by the object's identity, so it is made once. */
export interface UnaryMethod {
  /** "/package.Service/Method". */
  readonly path: string;
  encodeRequest(message: unknown): Uint8Array;
  decodeResponse(bytes: Uint8Array): unknown;
}

/**
 * What goes along with a call beside its message. What the chassis itself sends with every call has a field, so that no
 * transport has to search for it; `metadata` holds the rest and is undefined for most calls.
 */
export interface CallHeaders {
  readonly callId: string;
  /** What is left of the deadline when the attempt begins, in milliseconds; undefined: there is none. */
  readonly timeoutMs: number | undefined;
  /** This attempt, or a call above it, is a retry: the callee does not retry its own calls (chain stop). */
  readonly isRetry: boolean;
  /** Undefined: what the method's contract says. */
  readonly priority?: Priority | undefined;
  /** "Bearer <token>". */
  readonly authorization: string | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly metadata: Metadata | undefined;
  /** Of a call that has arrived: a header's text without making the metadata for it; absent where that is there anyway. */
  text?(name: string): string | undefined;
}

/** How one attempt ended. */
export type UnaryOutcome =
  | {
      readonly kind: 'reply';
      readonly response: unknown;
      readonly header: Metadata | undefined;
      readonly trailer: Metadata | undefined;
    }
  | {
      readonly kind: 'failure';
      /** The gRPC status number. */
      readonly code: number;
      readonly message: string;
      /** What came before the failure, where the transport knows it. */
      readonly header?: Metadata | undefined;
      readonly trailer: Metadata | undefined;
      /** True: no handler ever saw the call, so that it may be sent again whatever its method is. */
      readonly isUnprocessed: boolean;
    };

/** One attempt of a unary call: made by the client, carried by a transport. */
export interface UnaryAttempt {
  readonly method: UnaryMethod;
  readonly request: unknown;
  readonly headers: CallHeaders;
  /** The transport's own, from `start` on: what it finds the attempt by when it is cancelled. Undefined before. */
  carrier: unknown;
  /** Called exactly once, never before `start` has returned. */
  done(outcome: UnaryOutcome): void;
}

/** Carries unary calls to one endpoint. */
export interface UnaryTransport {
  /** For metrics and spans. */
  readonly name: 'plain' | 'multiplexed';
  /** The deadline is told to the peer here, and enforced by who made the attempt, with `cancel`. */
  start(attempt: UnaryAttempt): void;
  /** Ends an attempt early: the peer is told, and `done` is called with CANCELLED, unless it was called already. */
  cancel(attempt: UnaryAttempt): void;
}

/** A unary call that has arrived, whichever transport brought it. */
export interface IncomingUnary {
  readonly path: string;
  readonly headers: CallHeaders;
  /** When it must be answered, on the monotonic clock; undefined: the caller set none. */
  readonly deadlineMs: number | undefined;
  /** host:port of the caller. */
  readonly peer: string;
  /** The process it is, as its certificate says; undefined: the connection is plain text. */
  readonly caller: string | undefined;
  readonly transport: UnaryTransport['name'];
  /** Names a header that breaks gRPC's rules; such a call is refused. */
  readonly malformedHeader: string | undefined;
  /** Set by the dispatcher while the call runs; the transport calls it, once at most, when the caller gave up or went away. */
  onCancel: ((reason: 'cancelled' | 'deadline') => void) | undefined;
}

/** What a call is answered with, `grpc-status-details-bin` among the trailer of a failure: as its attempt will end. */
export type UnaryAnswer = UnaryOutcome;

/** An answer that is none. */
export type UnaryFailure = Extract<UnaryAnswer, { kind: 'failure' }>;

/** A unary method of a server: the whole chain of middleware with the handler at its end. */
export interface ServedUnary {
  readonly path: string;
  /** Does not throw for bytes that are no message: it returns what the chain refuses. */
  decodeRequest(bytes: Uint8Array): unknown;
  encodeResponse(message: unknown): Uint8Array;
  /** Asked once for each call before anything is made for it: what it is refused with. Absent: it never is. */
  readonly refuse?: ((headers: CallHeaders) => UnaryFailure | undefined) | undefined;
  /** Never rejects, never throws. */
  serve(request: unknown, call: IncomingUnary): Promise<UnaryAnswer>;
}

/** Every unary method a server has. Undefined: there is none of that path, the call is UNIMPLEMENTED. */
export interface UnaryDispatcher {
  find(path: string): ServedUnary | undefined;
}
