import type { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { Metadata } from 'nice-grpc-common';

import { HEADERS } from '../core/index.ts';
import { ProtocolError } from './protocol.ts';

const TAG = { key: 10, text: 18, binary: 26 } as const;

/** What has a field of its own in a call's frame. */
const RESERVED = new Set<string>([
  HEADERS.callId,
  HEADERS.retry,
  HEADERS.priority,
  HEADERS.authorization,
  HEADERS.traceparent,
  HEADERS.tracestate,
  HEADERS.timeout,
]);
/** What a server of ours leaves for itself: from outside it is dropped, on plain calls too (chassis/server, wire-guard). */
const INTERNAL_PREFIX = 'x-tradewind-internal-';

/** Writes metadata as MetadataEntry messages of the field with this tag; returns about how many bytes they are. */
export function writeMetadata(writer: BinaryWriter, fieldTag: number, metadata: Metadata): number {
  let bytes = 0;
  for (const [key, values] of metadata) {
    for (const value of values) {
      writer.uint32(fieldTag).fork().uint32(TAG.key).string(key);
      if (typeof value === 'string') writer.uint32(TAG.text).string(value);
      else writer.uint32(TAG.binary).bytes(value);
      writer.join();
      bytes += key.length + value.length + 12;
    }
  }
  return bytes;
}

/** Keys and values in bytes, as limits count them. */
export function metadataBytes(metadata: Metadata): number {
  let bytes = 0;
  for (const [key, values] of metadata) for (const value of values) bytes += key.length + value.length;
  return bytes;
}

/** One entry as it came. */
export interface ReadEntry {
  readonly key: string;
  readonly value: string | Uint8Array;
}

/** Reads one MetadataEntry. */
export function readEntry(reader: BinaryReader): ReadEntry {
  const end = endOfNested(reader);
  let key = '';
  let value: string | Uint8Array = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === TAG.key) key = reader.string();
    else if (tag === TAG.text) value = reader.string();
    else if (tag === TAG.binary)
      value = reader.bytes().slice(); // a copy: the batch it came in is large, and this may be kept
    else skip(reader, tag);
  }
  assertEnd(reader, end);
  return { key, value };
}

/** Adds an entry; false when gRPC does not allow it. */
export function appendEntry(metadata: Metadata, { key, value }: ReadEntry): boolean {
  if (key !== key.toLowerCase()) return false;
  try {
    metadata.append(key, value);
    return true;
  } catch {
    return false; // the one thing append throws for: an illegal key or value
  }
}

/** Whether a key may not come among a call's metadata. */
export function isReserved(key: string): boolean {
  return RESERVED.has(key);
}

/** Whether a key is dropped from a call's metadata. */
export function isInternal(key: string): boolean {
  return key.startsWith(INTERNAL_PREFIX);
}

/** Where the nested message that begins here ends. */
export function endOfNested(reader: BinaryReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new ProtocolError('a batch ends in the middle of a frame');
  return end;
}

/** A nested message must end where it said. */
export function assertEnd(reader: BinaryReader, end: number): void {
  if (reader.pos !== end) throw new ProtocolError('a frame is longer than it says');
}

/** Skips a field that is not known here, as Protocol Buffers ask. */
export function skip(reader: BinaryReader, tag: number): void {
  const fieldNumber = tag >>> 3;
  if (fieldNumber === 0) throw new ProtocolError('a frame is no valid encoding');
  reader.skip(tag & 7, fieldNumber);
}

/** An empty metadata of a frame, made when its first entry comes. */
export function newMetadata(): Metadata {
  return Metadata();
}
