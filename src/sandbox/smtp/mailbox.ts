import { renameSync, writeFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, NewId } from '../../chassis/core/index.ts';
import {
  envelopeHeaders,
  parseMessage,
  parseSummary,
  type Envelope,
  type Message,
  type MessageSummary,
} from './message.ts';

/** How a mailbox is opened. */
export interface MailboxOptions {
  /** Holds one .eml file a message; made when absent. */
  readonly directory: string;
  /** Beyond it the oldest are deleted. */
  readonly maxMessages: number;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** Which messages are wanted. */
export interface MessageFilter {
  /** One of the envelope's recipients, in any case. */
  readonly to?: string | undefined;
  readonly messageId?: string | undefined;
}

/** Everything the sink has accepted. What it holds survives the end of the process, however sudden; a power cut may cost the newest. */
export interface Mailbox {
  /** Keeps a message; resolves when it is a file. */
  store(envelope: Omit<Envelope, 'receivedAt'>, data: Buffer): Promise<MessageSummary>;
  /** Oldest first. */
  list(filter: MessageFilter): readonly MessageSummary[];
  /** Undefined when there is no such message, or no longer. */
  read(id: string): Promise<Message | undefined>;
  /** As it is on disk: the message as it came, its envelope in front. */
  readRaw(id: string): Promise<Buffer | undefined>;
  /** Deletes all; how many there were. */
  clear(): Promise<number>;
}

/** Enough for the headers of any mail that shops send. */
const HEADER_BYTES = 16 * 1024;
const FILES_AT_A_TIME = 32;

/** Opens the folder and reads the headers of what is there. */
export async function openMailbox({ directory, maxMessages, clock, newId }: MailboxOptions): Promise<Mailbox> {
  const fileOf = (id: string): string => join(directory, `${id}.eml`);
  await mkdir(directory, { recursive: true });
  const messages = new Map<string, MessageSummary>();
  const names = await readdir(directory);
  await Promise.all(names.filter((name) => name.endsWith('.tmp')).map((name) => rm(join(directory, name))));
  const ids = names.flatMap((name) => (name.endsWith('.eml') ? [name.slice(0, -4)] : [])).sort();
  for (let start = 0; start < ids.length; start += FILES_AT_A_TIME) {
    const some = ids.slice(start, start + FILES_AT_A_TIME);
    for (const summary of await Promise.all(some.map(readSummary))) messages.set(summary.id, summary);
  }

  async function readSummary(id: string): Promise<MessageSummary> {
    const handle = await open(fileOf(id));
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(size, HEADER_BYTES)));
      return await parseSummary(id, headersOf(buffer.subarray(0, bytesRead)), size);
    } finally {
      await handle.close();
    }
  }

  /** At once: who reads on after the last id seen must never find an older one later. A small file costs less so than four turns of a thread. */
  function keep(summary: MessageSummary, eml: Buffer): MessageSummary {
    const message = { ...summary, id: newId() };
    const temporary = join(directory, `${message.id}.tmp`);
    writeFileSync(temporary, eml);
    renameSync(temporary, fileOf(message.id));
    messages.set(message.id, message);
    return message;
  }

  async function forget(id: string): Promise<void> {
    messages.delete(id);
    await rm(fileOf(id), { force: true });
  }

  async function readRaw(id: string): Promise<Buffer | undefined> {
    return messages.has(id) ? readFile(fileOf(id)) : undefined;
  }

  return {
    async store(envelope, data) {
      const receivedAt = new Date(clock.now()).toISOString();
      const eml = Buffer.concat([Buffer.from(envelopeHeaders({ ...envelope, receivedAt })), data]);
      const kept = keep(await parseSummary('', headersOf(eml), eml.length), eml);
      for (const oldest of messages.keys()) {
        if (messages.size <= maxMessages) break;
        await forget(oldest);
      }
      return kept;
    },
    list({ to, messageId }) {
      const recipient = to?.toLowerCase();
      return [...messages.values()].filter(
        (message) =>
          (recipient === undefined || message.envelopeTo.some((address) => address.toLowerCase() === recipient)) &&
          (messageId === undefined || message.messageId === messageId),
      );
    },
    readRaw,
    async read(id) {
      const eml = await readRaw(id);
      return eml === undefined ? undefined : parseMessage(id, eml);
    },
    async clear() {
      const all = [...messages.keys()];
      await Promise.all(all.map(forget));
      return all.length;
    },
  };
}

/** A message's headers with the empty line that ends them; all of it where there is none. */
function headersOf(eml: Buffer): Buffer {
  const end = eml.subarray(0, HEADER_BYTES).indexOf('\r\n\r\n');
  return end < 0 ? eml : eml.subarray(0, end + 4);
}
