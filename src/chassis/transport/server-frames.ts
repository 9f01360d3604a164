import { BinaryReader, type BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Metadata } from 'nice-grpc-common';

import {
  appendEntry,
  assertEnd,
  endOfNested,
  newMetadata,
  readEntry,
  skip,
  writeMetadata,
} from './metadata-entries.ts';
import { ProtocolError } from './protocol.ts';

// By hand for the same reasons as the client's frames.

/** Tags: field number << 3 | wire type. Source: transport.proto. */
const FRAMES = 10;
const FRAME = { settings: 10, reply: 18, fragment: 26, failure: 34, drain: 42 } as const;
const SETTINGS = {
  version: 8,
  maxConcurrentCalls: 16,
  maxOutstandingBytes: 24,
  maxRequestBytes: 32,
  maxMetadataBytes: 40,
  maxMethods: 48,
  fragmentBytes: 56,
} as const;
const REPLY = { id: 8, payload: 18, header: 26, trailer: 34, totalBytes: 40 } as const;
const FRAGMENT = { id: 8, payload: 18 } as const;
const FAILURE = { id: 8, code: 16, message: 26, trailer: 34, unprocessed: 40 } as const;
const DRAIN = { lastStarted: 8 } as const;

/** What a frame costs beside its texts and its payload. */
const OVERHEAD = 24;

/** ServerSettings. */
export interface ServerSettings {
  readonly version: number;
  readonly maxConcurrentCalls: number;
  readonly maxOutstandingBytes: number;
  readonly maxRequestBytes: number;
  readonly maxMetadataBytes: number;
  readonly maxMethods: number;
  readonly fragmentBytes: number;
}

/** Reply. */
export interface ReplyFrame {
  readonly id: number;
  /** A view of the batch, when it was read. */
  readonly payload: Uint8Array;
  readonly header: Metadata | undefined;
  readonly trailer: Metadata | undefined;
  /** Undefined: the payload is all of it. */
  readonly totalBytes: number | undefined;
}

/** Failure. */
export interface FailureFrame {
  readonly id: number;
  readonly code: number;
  readonly message: string;
  readonly trailer: Metadata | undefined;
  readonly isUnprocessed: boolean;
}

/** What a server's batch is read into, frame by frame, in order. */
export interface ServerFrameHandler {
  settings(settings: ServerSettings): void;
  reply(frame: ReplyFrame): void;
  fragment(id: number, payload: Uint8Array): void;
  failure(frame: FailureFrame): void;
  drain(lastStarted: number): void;
}

/** Writes a frame; returns about how many bytes it is. */
export function writeServerSettings(writer: BinaryWriter, settings: ServerSettings): number {
  writer.uint32(FRAMES).fork().uint32(FRAME.settings).fork();
  writer.uint32(SETTINGS.version).uint32(settings.version);
  writer.uint32(SETTINGS.maxConcurrentCalls).uint32(settings.maxConcurrentCalls);
  writer.uint32(SETTINGS.maxOutstandingBytes).uint32(settings.maxOutstandingBytes);
  writer.uint32(SETTINGS.maxRequestBytes).uint32(settings.maxRequestBytes);
  writer.uint32(SETTINGS.maxMetadataBytes).uint32(settings.maxMetadataBytes);
  writer.uint32(SETTINGS.maxMethods).uint32(settings.maxMethods);
  writer.uint32(SETTINGS.fragmentBytes).uint32(settings.fragmentBytes);
  writer.join().join();
  return 50;
}

/** Writes a frame; returns about how many bytes it is. */
export function writeReply(writer: BinaryWriter, { id, payload, header, trailer, totalBytes }: ReplyFrame): number {
  let bytes = OVERHEAD + payload.length;
  writer.uint32(FRAMES).fork().uint32(FRAME.reply).fork();
  writer.uint32(REPLY.id).uint32(id);
  writer.uint32(REPLY.payload).bytes(payload);
  if (header !== undefined) bytes += writeMetadata(writer, REPLY.header, header);
  if (trailer !== undefined) bytes += writeMetadata(writer, REPLY.trailer, trailer);
  if (totalBytes !== undefined) writer.uint32(REPLY.totalBytes).uint32(totalBytes);
  writer.join().join();
  return bytes;
}

/** Writes a frame; returns about how many bytes it is. */
export function writeFragment(writer: BinaryWriter, id: number, payload: Uint8Array): number {
  writer.uint32(FRAMES).fork().uint32(FRAME.fragment).fork();
  writer.uint32(FRAGMENT.id).uint32(id).uint32(FRAGMENT.payload).bytes(payload);
  writer.join().join();
  return OVERHEAD + payload.length;
}

/** Writes a frame; returns about how many bytes it is. */
export function writeFailure(writer: BinaryWriter, frame: FailureFrame): number {
  const { id, code, message, trailer, isUnprocessed } = frame;
  let bytes = OVERHEAD + message.length;
  writer.uint32(FRAMES).fork().uint32(FRAME.failure).fork();
  writer.uint32(FAILURE.id).uint32(id).uint32(FAILURE.code).uint32(code);
  if (message !== '') writer.uint32(FAILURE.message).string(message);
  if (trailer !== undefined) bytes += writeMetadata(writer, FAILURE.trailer, trailer);
  if (isUnprocessed) writer.uint32(FAILURE.unprocessed).bool(true);
  writer.join().join();
  return bytes;
}

/** Writes a frame; returns about how many bytes it is. */
export function writeDrain(writer: BinaryWriter, lastStarted: number): number {
  writer.uint32(FRAMES).fork().uint32(FRAME.drain).fork();
  writer.uint32(DRAIN.lastStarted).uint64(lastStarted).join().join();
  return 16;
}

/** Reads a batch. Throws ProtocolError, or what the reader throws, where it is no valid encoding. */
export function readServerBatch(bytes: Uint8Array, handler: ServerFrameHandler): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag !== FRAMES) skip(reader, tag);
    else readFrame(reader, handler);
  }
}

function readFrame(reader: BinaryReader, handler: ServerFrameHandler): void {
  const end = endOfNested(reader);
  if (reader.pos === end) return;
  const tag = reader.uint32();
  if (tag === FRAME.reply) readReply(reader, handler);
  else if (tag === FRAME.failure) handler.failure(readFailure(reader));
  else if (tag === FRAME.fragment) readFragment(reader, handler);
  else if (tag === FRAME.drain) handler.drain(readDrain(reader));
  else if (tag === FRAME.settings) handler.settings(readSettings(reader));
  else skip(reader, tag);
  assertEnd(reader, end);
}

const NO_BYTES = new Uint8Array(0);

function readReply(reader: BinaryReader, handler: ServerFrameHandler): void {
  const end = endOfNested(reader);
  let id = 0;
  let payload: Uint8Array = NO_BYTES;
  let header: Metadata | undefined;
  let trailer: Metadata | undefined;
  let totalBytes: number | undefined;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === REPLY.id) id = reader.uint32();
    else if (tag === REPLY.payload) payload = reader.bytes();
    else if (tag === REPLY.header) appendTo((header ??= newMetadata()), reader);
    else if (tag === REPLY.trailer) appendTo((trailer ??= newMetadata()), reader);
    else if (tag === REPLY.totalBytes) totalBytes = reader.uint32();
    else skip(reader, tag);
  }
  assertEnd(reader, end);
  handler.reply({ id, payload, header, trailer, totalBytes });
}

function readFragment(reader: BinaryReader, handler: ServerFrameHandler): void {
  const end = endOfNested(reader);
  let id = 0;
  let payload: Uint8Array = NO_BYTES;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === FRAGMENT.id) id = reader.uint32();
    else if (tag === FRAGMENT.payload) payload = reader.bytes();
    else skip(reader, tag);
  }
  assertEnd(reader, end);
  handler.fragment(id, payload);
}

function readFailure(reader: BinaryReader): FailureFrame {
  const end = endOfNested(reader);
  let id = 0;
  let code = 0;
  let message = '';
  let trailer: Metadata | undefined;
  let isUnprocessed = false;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === FAILURE.id) id = reader.uint32();
    else if (tag === FAILURE.code) code = reader.uint32();
    else if (tag === FAILURE.message) message = reader.string();
    else if (tag === FAILURE.trailer) appendTo((trailer ??= newMetadata()), reader);
    else if (tag === FAILURE.unprocessed) isUnprocessed = reader.bool();
    else skip(reader, tag);
  }
  assertEnd(reader, end);
  return { id, code, message, trailer, isUnprocessed };
}

function readDrain(reader: BinaryReader): number {
  const end = endOfNested(reader);
  let lastStarted = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === DRAIN.lastStarted) lastStarted = Number(reader.uint64());
    else skip(reader, tag);
  }
  assertEnd(reader, end);
  return lastStarted;
}

function readSettings(reader: BinaryReader): ServerSettings {
  const end = endOfNested(reader);
  const settings = {
    version: 0,
    maxConcurrentCalls: 0,
    maxOutstandingBytes: 0,
    maxRequestBytes: 0,
    maxMetadataBytes: 0,
    maxMethods: 0,
    fragmentBytes: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === SETTINGS.version) settings.version = reader.uint32();
    else if (tag === SETTINGS.maxConcurrentCalls) settings.maxConcurrentCalls = reader.uint32();
    else if (tag === SETTINGS.maxOutstandingBytes) settings.maxOutstandingBytes = reader.uint32();
    else if (tag === SETTINGS.maxRequestBytes) settings.maxRequestBytes = reader.uint32();
    else if (tag === SETTINGS.maxMetadataBytes) settings.maxMetadataBytes = reader.uint32();
    else if (tag === SETTINGS.maxMethods) settings.maxMethods = reader.uint32();
    else if (tag === SETTINGS.fragmentBytes) settings.fragmentBytes = reader.uint32();
    else skip(reader, tag);
  }
  assertEnd(reader, end);
  return settings;
}

function appendTo(metadata: Metadata, reader: BinaryReader): void {
  if (!appendEntry(metadata, readEntry(reader))) throw new ProtocolError('metadata that gRPC does not allow');
}
