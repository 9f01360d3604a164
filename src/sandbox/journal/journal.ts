import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { replayLines } from './replay.ts';

/** Where one line lies in its journal's file, in bytes. */
export interface JournalPosition {
  readonly offset: number;
  /** Without the line feed. */
  readonly length: number;
}

/** What a journal is opened with. */
export interface JournalOptions {
  /** Made, with its folders, when absent. One process at a time may hold it. */
  readonly file: string;
  /** Called for each line that is there already, in order, before `openJournal` resolves. */
  readonly onLine: (line: unknown, position: JournalPosition) => void;
}

/** An append-only file of JSON lines: what `settled` has promised is there after kill -9. */
export interface Journal {
  /** Bytes of a torn last line that opening cut off: an operation nobody was ever told about. 0 = none. */
  readonly repairedBytes: number;
  /** Queues one line, without waiting. Throws when an earlier write failed: what is on disk is then unknown. */
  append(line: unknown): JournalPosition;
  /** Resolves when every line appended so far is on disk; rejects when it cannot be. */
  settled(): Promise<void>;
  /** Reads one settled line back. */
  read(position: JournalPosition): Promise<unknown>;
  /** Writes what is queued, then lets go of the file. */
  close(): Promise<void>;
}

interface Waiter {
  /** The file's length from which on the waiter is content. */
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Opens a journal: replays it, cuts off a torn last line, and appends from there on. Lines that wait for the disk
 * together share one fsync. Rejects with JournalCorruptError when any line but the last is not JSON.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  await mkdir(dirname(options.file), { recursive: true });
  const handle = await open(options.file, 'a+');
  try {
    const { keptBytes, tornBytes } = await replayLines(handle, options);
    if (tornBytes > 0) await handle.truncate(keptBytes);
    await handle.sync();
    await syncDirectory(dirname(options.file));
    return createWriter(handle, keptBytes, tornBytes);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function createWriter(handle: FileHandle, keptBytes: number, repairedBytes: number): Journal {
  let queue: Buffer[] = [];
  let appendedBytes = keptBytes;
  let settledBytes = keptBytes;
  let waiters: Waiter[] = [];
  let flushing: Promise<void> | undefined;
  let failure: Error | undefined;
  let closing: Promise<void> | undefined;

  async function flush(): Promise<void> {
    try {
      while (queue.length > 0) {
        const batch = Buffer.concat(queue);
        queue = [];
        await handle.appendFile(batch);
        await handle.datasync();
        settledBytes += batch.length;
        const content = waiters.filter((waiter) => waiter.until <= settledBytes);
        waiters = waiters.filter((waiter) => waiter.until > settledBytes);
        for (const waiter of content) waiter.resolve();
      }
    } catch (error) {
      failure = new Error('the journal cannot be written', { cause: error });
      for (const waiter of waiters) waiter.reject(failure);
      waiters = [];
    } finally {
      flushing = undefined;
    }
  }

  function settled(): Promise<void> {
    if (failure !== undefined) return Promise.reject(failure);
    if (settledBytes >= appendedBytes) return Promise.resolve();
    return new Promise((resolve, reject) => waiters.push({ until: appendedBytes, resolve, reject }));
  }

  return {
    repairedBytes,
    append(line) {
      if (failure !== undefined) throw failure;
      if (closing !== undefined) throw new Error('the journal is closed');
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      const position = { offset: appendedBytes, length: bytes.length - 1 };
      queue.push(bytes);
      appendedBytes += bytes.length;
      flushing ??= flush();
      return position;
    },
    settled,
    async read({ offset, length }) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead !== length) throw new Error(`the journal ends inside the line at byte ${offset}`);
      return JSON.parse(buffer.toString()) as unknown;
    },
    close() {
      closing ??= (async () => {
        await flushing;
        await handle.close();
      })();
      return closing;
    },
  };
}

/** A new file's name is durable only once its folder is: fsync(2). */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
