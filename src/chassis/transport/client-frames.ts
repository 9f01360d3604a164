import { BinaryReader, type BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Metadata } from 'nice-grpc-common';

import { HEADERS, type Priority } from '../core/index.ts';
import {
  appendEntry,
  assertEnd,
  endOfNested,
  isInternal,
  isReserved,
  newMetadata,
  readEntry,
  skip,
  writeMetadata,
} from './metadata-entries.ts';
import { ProtocolError } from './protocol.ts';
import type { CallHeaders } from './unary.ts';

// Written by hand and not with the generated code: a call's frame goes straight into its batch, and its payload comes out
// of it as a view. tests/unit/chassis/transport holds both against the generated code.

/** Tags: field number << 3 | wire type. Source: transport.proto. */
const FRAMES = 10;
const FRAME = { settings: 10, call: 18, cancel: 26 } as const;
const SETTINGS = { version: 8, maxReplyBytes: 16 } as const;
const CALL = {
  id: 8,
  method: 16,
  path: 26,
  timeoutMs: 32,
  retry: 40,
  callId: 50,
  traceparent: 58,
  tracestate: 66,
  authorization: 74,
  metadata: 82,
  payload: 90,
  priority: 96,
} as const;
const CANCEL = { id: 8 } as const;

/** Numbers of tradewind.type.v1.Priority; others say nothing. */
const PRIORITY_NUMBERS: Readonly<Record<Priority, number>> = { sheddable: 1, normal: 2, critical: 3 };
const PRIORITY_OF: readonly (Priority | undefined)[] = [undefined, 'sheddable', 'normal', 'critical'];

/** What a call's frame costs beside its texts and its payload. */
const CALL_OVERHEAD = 40;
const UINT32_MAX = 0xffff_ffff;

/** ClientSettings. */
export interface ClientSettings {
  readonly version: number;
  readonly maxReplyBytes: number;
}

/** A call's frame to be written. */
export interface OutgoingCall {
  readonly id: number;
  readonly method: number;
  /** Empty: declared before. */
  readonly path: string;
  readonly headers: CallHeaders;
  readonly payload: Uint8Array;
}

/** A call's frame as it came. */
export interface CallFrame {
  readonly id: number;
  readonly method: number;
  readonly path: string;
  readonly headers: CallHeaders;
  /** A view of the batch. */
  readonly payload: Uint8Array;
  /** Keys and values of all headers. */
  readonly metadataBytes: number;
  readonly malformedHeader: string | undefined;
}

/** What a client's batch is read into, frame by frame, in order. */
export interface ClientFrameHandler {
  settings(settings: ClientSettings): void;
  call(frame: CallFrame): void;
  cancel(id: number): void;
}

/** Writes a frame; returns about how many bytes it is. */
export function writeClientSettings(writer: BinaryWriter, settings: ClientSettings): number {
  writer.uint32(FRAMES).fork().uint32(FRAME.settings).fork();
  writer.uint32(SETTINGS.version).uint32(settings.version);
  writer.uint32(SETTINGS.maxReplyBytes).uint32(settings.maxReplyBytes);
  writer.join().join();
  return 20;
}

/** Writes a frame; returns about how many bytes it is. */
export function writeCall(writer: BinaryWriter, { id, method, path, headers, payload }: OutgoingCall): number {
  const { callId, timeoutMs, priority, authorization, traceparent, tracestate, metadata } = headers;
  let bytes = CALL_OVERHEAD + payload.length;
  writer.uint32(FRAMES).fork().uint32(FRAME.call).fork();
  writer.uint32(CALL.id).uint32(id);
  if (method !== 0) writer.uint32(CALL.method).uint32(method);
  if (path !== '') bytes += writeText(writer, CALL.path, path);
  if (timeoutMs !== undefined) {
    writer.uint32(CALL.timeoutMs).uint32(Math.min(UINT32_MAX, Math.max(1, Math.ceil(timeoutMs))));
  }
  if (headers.isRetry) writer.uint32(CALL.retry).bool(true);
  if (priority !== undefined) writer.uint32(CALL.priority).uint32(PRIORITY_NUMBERS[priority]);
  if (callId !== '') bytes += writeText(writer, CALL.callId, callId);
  if (traceparent !== undefined) bytes += writeText(writer, CALL.traceparent, traceparent);
  if (tracestate !== undefined) bytes += writeText(writer, CALL.tracestate, tracestate);
  if (authorization !== undefined) bytes += writeText(writer, CALL.authorization, authorization);
  if (metadata !== undefined) bytes += writeMetadata(writer, CALL.metadata, metadata);
  writer.uint32(CALL.payload).bytes(payload);
  writer.join().join();
  return bytes;
}

/** Writes a frame; returns about how many bytes it is. */
export function writeCancel(writer: BinaryWriter, id: number): number {
  writer.uint32(FRAMES).fork().uint32(FRAME.cancel).fork().uint32(CANCEL.id).uint32(id).join().join();
  return 10;
}

function writeText(writer: BinaryWriter, tag: number, text: string): number {
  writer.uint32(tag).string(text);
  return text.length;
}

/** Reads a batch. Throws ProtocolError, or what the reader throws, where it is no valid encoding. */
export function readClientBatch(bytes: Uint8Array, handler: ClientFrameHandler): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag !== FRAMES) skip(reader, tag);
    else readFrame(reader, handler);
  }
}

function readFrame(reader: BinaryReader, handler: ClientFrameHandler): void {
  const end = endOfNested(reader);
  if (reader.pos === end) return;
  const tag = reader.uint32();
  if (tag === FRAME.call) readCall(reader, handler);
  else if (tag === FRAME.cancel) handler.cancel(readCancel(reader));
  else if (tag === FRAME.settings) handler.settings(readSettings(reader));
  else skip(reader, tag);
  assertEnd(reader, end);
}

function readSettings(reader: BinaryReader): ClientSettings {
  const end = endOfNested(reader);
  let version = 0;
  let maxReplyBytes = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === SETTINGS.version) version = reader.uint32();
    else if (tag === SETTINGS.maxReplyBytes) maxReplyBytes = reader.uint32();
    else skip(reader, tag);
  }
  assertEnd(reader, end);
  return { version, maxReplyBytes };
}

function readCancel(reader: BinaryReader): number {
  const end = endOfNested(reader);
  let id = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === CANCEL.id) id = reader.uint32();
    else skip(reader, tag);
  }
  assertEnd(reader, end);
  return id;
}

const NO_BYTES = new Uint8Array(0);

function readCall(reader: BinaryReader, handler: ClientFrameHandler): void {
  const end = endOfNested(reader);
  let id = 0;
  let method = 0;
  let path = '';
  let timeoutMs: number | undefined;
  let isRetry = false;
  let priority: Priority | undefined;
  let callId = '';
  let traceparent: string | undefined;
  let tracestate: string | undefined;
  let authorization: string | undefined;
  let metadata: Metadata | undefined;
  let malformedHeader: string | undefined;
  let payload: Uint8Array = NO_BYTES;
  let metadataBytes = 0;
  const text = (name: string) => {
    const value = reader.string();
    metadataBytes += value.length;
    if (!isPrintable(value)) malformedHeader = name;
    return value;
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case CALL.id:
        id = reader.uint32();
        break;
      case CALL.method:
        method = reader.uint32();
        break;
      case CALL.path:
        path = reader.string();
        break;
      case CALL.timeoutMs:
        timeoutMs = reader.uint32();
        break;
      case CALL.retry:
        isRetry = reader.bool();
        break;
      case CALL.priority:
        priority = PRIORITY_OF[reader.uint32()];
        break;
      case CALL.callId:
        callId = text(HEADERS.callId);
        break;
      case CALL.traceparent:
        traceparent = text(HEADERS.traceparent);
        break;
      case CALL.tracestate:
        tracestate = text(HEADERS.tracestate);
        break;
      case CALL.authorization:
        authorization = text(HEADERS.authorization);
        break;
      case CALL.metadata: {
        const entry = readEntry(reader);
        metadataBytes += entry.key.length + entry.value.length;
        if (isInternal(entry.key)) break;
        metadata ??= newMetadata();
        if (isReserved(entry.key) || !appendEntry(metadata, entry)) malformedHeader = nameOf(entry.key);
        break;
      }
      case CALL.payload:
        payload = reader.bytes();
        break;
      default:
        skip(reader, tag);
    }
  }
  assertEnd(reader, end);
  if (id === 0) throw new ProtocolError('a call has no id');
  const headers = { callId, timeoutMs, isRetry, priority, authorization, traceparent, tracestate, metadata };
  handler.call({ id, method, path, headers, payload, metadataBytes, malformedHeader });
}

/** What gRPC allows in a header's value. Source: gRPC over HTTP/2, "ASCII-Value". */
function isPrintable(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/** A header's name for an error message: what somebody else wrote is not repeated as it is. */
function nameOf(key: string): string {
  return /^[0-9a-zA-Z_.-]{1,100}$/.test(key) ? key : 'metadata';
}
