import { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { Metadata } from 'nice-grpc-common';

import { INTERNAL_PREFIX } from './wire-guard.ts';

/** What a caller sent, as nice-grpc hands it to handlers. What the server itself put among it is left out. */
export function fromGrpcMetadata(metadata: GrpcMetadata): Metadata {
  const result = Metadata();
  for (const name of Object.keys(metadata.getMap())) {
    if (!name.startsWith(INTERNAL_PREFIX)) result.set(name, metadata.get(name));
  }
  return result;
}

/** What a handler answers beside its message, as grpc-js sends it. Throws for a value that HTTP/2 cannot carry. */
export function toGrpcMetadata(metadata: Metadata | undefined): GrpcMetadata {
  const result = new GrpcMetadata();
  if (metadata === undefined) return result;
  for (const [name, values] of metadata) {
    for (const value of values) result.add(name, typeof value === 'string' ? value : toBuffer(value));
  }
  return result;
}

/** The same bytes, not a copy: grpc-js takes nothing but Buffers. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
