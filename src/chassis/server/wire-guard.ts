import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';

import { MALFORMED_HEADER_METADATA } from '../middleware/server/index.ts';

/** Published by Node (24 and later) before grpc-js sees a request; the headers are the very object it will read. */
const STREAM_CREATED = 'http2.server.stream.created';

/** Source: gRPC over HTTP/2, "Timeout" and "Binary-Header". https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const TIMEOUT = /^\d{1,8}[HMSmun]$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Whether a header's value breaks gRPC's rules. */
export function isMalformed(name: string, value: string): boolean {
  if (name === 'grpc-timeout') return !TIMEOUT.test(value);
  return name.endsWith('-bin') && !value.split(',').every((part) => BASE64.test(part.trim()));
}

/**
 * Marks calls to this port whose headers break gRPC's rules, for wireMiddleware to refuse: grpc-js takes a time-out of
 * nine digits for another one, and decodes what is no base64 to something. Returns how to stop.
 */
export function guardWire(port: number): () => void {
  const onStream = (message: unknown): void => {
    const { stream, headers } = message as {
      readonly stream: ServerHttp2Stream;
      readonly headers: IncomingHttpHeaders;
    };
    if (stream.session?.socket.localPort !== port) return;
    delete headers[MALFORMED_HEADER_METADATA];
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value !== 'string' || !isMalformed(name, value)) continue;
      delete headers[name];
      headers[MALFORMED_HEADER_METADATA] = name;
    }
  };
  subscribe(STREAM_CREATED, onStream);
  return () => unsubscribe(STREAM_CREATED, onStream);
}
