import type { Metadata as GrpcMetadata } from '@grpc/grpc-js';

import { processOfNames } from '../identity/index.ts';
import { textOf } from './plain-headers.ts';
import { INTERNAL_PREFIX, type GuardedSession } from './wire-guard.ts';

/**
 * How the process at the other end of a connection becomes known to its calls: the wire guard, which sees the connection,
 * writes it into a header. (Asking grpc-js for the certificate costs each call 50 us.)
 */
export interface CallerHeader {
  readonly name: string;
  /** What the guard writes; asked once for each connection. */
  valueFor(session: GuardedSession): string;
  /** Who a call comes from. "", who may call nothing: the guard has not seen it, which cannot be. */
  callerOf(headers: GrpcMetadata): string;
}

/** Makes the header of one server; `secret` is in its name, so that no caller can write it. */
export function createCallerHeader(secret: string): CallerHeader {
  const name = `${INTERNAL_PREFIX}caller-${secret}`;
  return {
    name,
    valueFor: ({ socket }) => processOfNames(socket.getPeerX509Certificate()?.subjectAltName) ?? '',
    callerOf: (headers) => textOf(headers, name) ?? '',
  };
}
