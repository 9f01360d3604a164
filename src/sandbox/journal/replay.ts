import type { FileHandle } from 'node:fs/promises';

import type { JournalOptions } from './journal.ts';

/** A line that is not JSON stands before others: damage, not a torn write, and nobody should append to it. */
export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError';
}

const LINE_FEED = 0x0a;
const CHUNK_BYTES = 1024 * 1024;

/** Hands over every whole line. What follows the last of them, if anything, is the torn end of a write. */
export async function replayLines(
  handle: FileHandle,
  options: JournalOptions,
): Promise<{ readonly keptBytes: number; readonly tornBytes: number }> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  let keptBytes = 0;
  /** The length of a line that is not JSON: torn if nothing follows it, damage otherwise. */
  let badBytes = 0;

  for (let readBytes = 0; ;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, readBytes);
    if (bytesRead === 0) break;
    readBytes += bytesRead;
    let bytes: Buffer = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED)) {
      if (badBytes > 0) throw corrupt(options.file, keptBytes);
      const line = parseLine(bytes.subarray(0, end));
      if (line === undefined) {
        badBytes = end + 1;
      } else {
        options.onLine(line.value, { offset: keptBytes, length: end });
        keptBytes += end + 1;
      }
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
  }
  if (badBytes > 0 && rest.length > 0) throw corrupt(options.file, keptBytes);
  return { keptBytes, tornBytes: badBytes + rest.length };
}

function parseLine(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(bytes.toString()) as unknown };
  } catch {
    return undefined; // the caller knows whether this is a torn end or damage
  }
}

function corrupt(file: string, offset: number): JournalCorruptError {
  return new JournalCorruptError(`${file} is damaged at byte ${offset}, with whole lines after it`);
}
