import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';

import { HEADERS } from '../core/index.ts';

/** Published by Node (24 and later) before grpc-js sees a request; the headers are the very object it will read. */
const STREAM_CREATED = 'http2.server.stream.created';

/** Headers of this prefix are between the guard and the server; what a caller sends under it is dropped or overwritten. */
export const INTERNAL_PREFIX = 'x-tradewind-internal-';
/** Names a header that breaks gRPC's rules. */
export const MALFORMED_HEADER = `${INTERNAL_PREFIX}malformed`;
/** `grpc-timeout` of a call whose deadline the server keeps itself, which costs a fifth of a timer of grpc-js's. */
export const KEPT_TIMEOUT = `${INTERNAL_PREFIX}timeout`;

/** Source: gRPC over HTTP/2, "Timeout" and "Binary-Header". https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const TIMEOUT = /^\d{1,8}[HMSmun]$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout` that keeps the rules. */
export function parseTimeout(value: string): number {
  return Number(value.slice(0, -1)) * (UNIT_MS[value.slice(-1)] ?? NaN);
}

/** Whether a header's value breaks gRPC's rules. */
export function isMalformed(name: string, value: string): boolean {
  if (name === HEADERS.timeout) return !TIMEOUT.test(value);
  return name.endsWith('-bin') && !value.split(',').every((part) => BASE64.test(part.trim()));
}

/** A connection over TLS, as far as the guard looks at it. */
export interface GuardedSession {
  readonly socket: Pick<TLSSocket, 'getPeerX509Certificate'>;
}

/** Which calls are guarded, and how. */
export interface WireGuardOptions {
  readonly port: number;
  /** Whether the server keeps the deadline of calls to this path itself. */
  readonly keepsDeadline: (path: string) => boolean;
  /** Written into every call, once it was asked what to write for its connection; undefined: connections are plain text. */
  readonly caller?: { readonly name: string; valueFor(session: GuardedSession): string } | undefined;
}

/**
 * Marks calls to this port whose headers break gRPC's rules, for the chain to refuse: grpc-js takes a time-out of nine
 * digits for another one, and decodes what is no base64 to something. Returns how to stop.
 */
export function guardWire({ port, keepsDeadline, caller }: WireGuardOptions): () => void {
  const isOurs = new WeakMap<Http2Session, boolean>();
  const callers = new WeakMap<Http2Session, string>();
  const onStream = (message: unknown): void => {
    const { stream, headers } = message as {
      readonly stream: ServerHttp2Stream;
      readonly headers: IncomingHttpHeaders;
    };
    const { session } = stream;
    if (session === undefined) return;
    let ours = isOurs.get(session);
    if (ours === undefined) {
      ours = session.socket.localPort === port;
      isOurs.set(session, ours);
    }
    if (!ours) return;
    guard(headers);
    if (caller !== undefined) headers[caller.name] = callerOf(session, caller);
  };
  const callerOf = (session: Http2Session, { valueFor }: NonNullable<typeof caller>) => {
    let value = callers.get(session);
    if (value === undefined) {
      value = valueFor(session as unknown as GuardedSession); // this port has no connections but over TLS
      callers.set(session, value);
    }
    return value;
  };
  const guard = (headers: IncomingHttpHeaders) => {
    if (headers[MALFORMED_HEADER] !== undefined) delete headers[MALFORMED_HEADER];
    if (headers[KEPT_TIMEOUT] !== undefined) delete headers[KEPT_TIMEOUT];
    const timeout = headers[HEADERS.timeout];
    for (const name in headers) {
      if (name !== HEADERS.timeout && !name.endsWith('-bin')) continue;
      const value = headers[name];
      if (typeof value !== 'string' || !isMalformed(name, value)) continue;
      delete headers[name];
      headers[MALFORMED_HEADER] = name;
    }
    if (
      typeof timeout === 'string' &&
      headers[HEADERS.timeout] !== undefined &&
      keepsDeadline(headers[':path'] ?? '')
    ) {
      delete headers[HEADERS.timeout];
      headers[KEPT_TIMEOUT] = timeout;
    }
  };
  subscribe(STREAM_CREATED, onStream);
  return () => unsubscribe(STREAM_CREATED, onStream);
}
