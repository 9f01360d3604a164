import { BinaryWriter } from '@bufbuild/protobuf/wire';

import { BATCH_BYTES } from './protocol.ts';

/** What an outbox writes to: a gRPC stream that takes batches as they are. */
export interface BatchSink {
  /** False: no more until `release` of the outbox is called. `onAccepted` is called when HTTP/2 has taken the batch. */
  write(batch: Buffer, onAccepted: () => void): boolean;
}

/**
 * Frames on their way out, gathered in batches: whatever is added in one turn of the event loop leaves in one message
 * at its end. One outbox for each direction of a stream; what keeps it from growing is its owner's business.
 */
export interface Outbox {
  /** Where a frame is written to, directly before `added`. */
  readonly writer: BinaryWriter;
  /** A frame has been written, of about this size; `mark` names it for `written`, greater than the one before. */
  added(bytes: number, mark?: number): void;
  /** The greatest mark whose frame was given to the stream. */
  readonly written: number;
  /** Bytes that wait here because the stream takes no more, about. */
  readonly waitingBytes: number;
  /** The stream takes batches again. */
  release(): void;
  /** Asks for a turn of `refill`, at the end of this turn of the event loop or when the stream has room. */
  wake(): void;
  /** Gives everything to the stream, whether or not it has room: what follows is its end. */
  flushAll(): void;
  /** Forgets what waits and takes nothing more. */
  close(): void;
}

/** What an outbox is made with. */
export interface OutboxOptions {
  readonly sink: BatchSink;
  /** Called when HTTP/2 has taken everything and there is room: adds about one batch of frames that are in no hurry. */
  readonly refill?: () => void;
}

interface Batch {
  readonly bytes: Buffer;
  readonly mark: number;
}

/** Makes an outbox; nothing is allocated for an idle one beyond its writer. */
export function createOutbox({ sink, refill }: OutboxOptions): Outbox {
  const writer = new BinaryWriter();
  const full: Batch[] = [];
  let openBytes = 0;
  let fullBytes = 0;
  let mark = 0;
  let written = 0;
  let unaccepted = 0;
  let isScheduled = false;
  let isBlocked = false;
  let isClosed = false;

  const onAccepted = () => {
    unaccepted -= 1;
    if (unaccepted === 0 && refill !== undefined) wake();
  };
  const give = (batch: Batch) => {
    unaccepted += 1;
    written = batch.mark;
    if (!sink.write(batch.bytes, onAccepted)) isBlocked = true;
  };
  const cut = (): Batch => {
    const bytes = writer.finish(); // a copy of what was written; the writer keeps its buffer
    openBytes = 0;
    return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), mark };
  };
  const flush = () => {
    isScheduled = false;
    if (isClosed || isBlocked) return;
    if (unaccepted === 0) refill?.();
    while (full.length > 0 && !isBlocked) {
      const batch = full.shift();
      if (batch === undefined) break;
      fullBytes -= batch.bytes.length;
      give(batch);
    }
    if (openBytes > 0 && !isBlocked) give(cut());
  };
  const wake = () => {
    if (isScheduled || isBlocked || isClosed) return;
    isScheduled = true;
    setImmediate(flush);
  };

  return {
    writer,
    added(bytes, newMark = mark) {
      mark = newMark;
      openBytes += bytes;
      if (openBytes >= BATCH_BYTES) {
        const batch = cut();
        fullBytes += batch.bytes.length;
        full.push(batch);
      }
      wake();
    },
    get written() {
      return written;
    },
    get waitingBytes() {
      return isBlocked ? fullBytes + openBytes : 0;
    },
    release() {
      isBlocked = false;
      flush();
    },
    wake,
    flushAll() {
      if (isClosed) return;
      for (const batch of full.splice(0)) give(batch);
      fullBytes = 0;
      if (openBytes > 0) give(cut());
    },
    close() {
      isClosed = true;
      full.length = 0;
      fullBytes = 0;
      openBytes = 0;
    },
  };
}
