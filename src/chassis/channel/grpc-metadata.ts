import { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { Metadata } from 'nice-grpc-common';

import { HEADERS } from '../core/index.ts';
import type { CallHeaders } from '../transport/index.ts';
import { formatTimeout } from './timeout.ts';

/** A call's headers as plain gRPC sends them. Throws for a value that HTTP/2 cannot carry. */
export function toGrpcMetadata(headers: CallHeaders): GrpcMetadata {
  const { callId, timeoutMs, isRetry, priority, authorization, traceparent, tracestate, metadata } = headers;
  const result = new GrpcMetadata();
  if (metadata !== undefined) {
    for (const [name, values] of metadata) {
      for (const value of values) result.add(name, typeof value === 'string' ? value : toBuffer(value));
    }
  }
  result.set(HEADERS.callId, callId);
  if (timeoutMs !== undefined) result.set(HEADERS.timeout, formatTimeout(timeoutMs));
  if (isRetry) result.set(HEADERS.retry, '1');
  if (priority !== undefined) result.set(HEADERS.priority, priority);
  if (authorization !== undefined) result.set(HEADERS.authorization, authorization);
  if (traceparent !== undefined) result.set(HEADERS.traceparent, traceparent);
  if (tracestate !== undefined) result.set(HEADERS.tracestate, tracestate);
  return result;
}

/** What a peer sent, as nice-grpc hands it to callers. */
export function fromGrpcMetadata(metadata: GrpcMetadata): Metadata {
  const result = Metadata();
  for (const name of Object.keys(metadata.getMap())) result.set(name, metadata.get(name));
  return result;
}

/** The same bytes, not a copy: grpc-js takes nothing but Buffers. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
