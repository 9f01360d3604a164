import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, Random } from '../core/index.ts';
import { formatInstance, parseInstance, type Instance } from '../registry/index.ts';

/** The last good list of one process, on disk, for a start while the registry cannot be reached. */
export interface Snapshot {
  /** Undefined when there is none; rejects when what is there is no snapshot of this process. */
  read(): Promise<SavedInstances | undefined>;
  /** Written whole or not at all, over the one before. */
  save(instances: readonly Instance[]): Promise<void>;
}

/** What was known, and when (RFC 3339). */
export interface SavedInstances {
  readonly instances: readonly Instance[];
  readonly savedAt: string;
}

/** Where snapshots are kept. */
export interface SnapshotOptions {
  /** Made when it is not there. Processes of one machine may share it. */
  readonly directory: string;
  /** Whose instances. */
  readonly process: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Readers refuse any other; a version that reads an older format too says so here. */
const FORMAT = 1;

/** The file of one process: `<directory>/<process>.json`. Nothing is read or written yet. */
export function createSnapshot({ directory, process, clock, random }: SnapshotOptions): Snapshot {
  const path = join(directory, `${process}.json`);
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return text === undefined ? undefined : parseSnapshot(text, process);
    },
    async save(instances) {
      await mkdir(directory, { recursive: true });
      // of its own name: replicas save at the same time
      const draft = `${path}.${Buffer.from(random.bytes(6)).toString('hex')}.tmp`;
      try {
        await writeFile(draft, formatSnapshot(process, { instances, savedAt: new Date(clock.now()).toISOString() }));
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
  };
}

function formatSnapshot(process: string, { instances, savedAt }: SavedInstances): string {
  const lines = instances.map(formatInstance);
  return JSON.stringify({
    format: FORMAT,
    process,
    savedAt,
    sha256: checksum(process, savedAt, lines),
    instances: lines,
  });
}

/** Every field is checked: the file may be torn, of another version, or somebody's handiwork. */
function parseSnapshot(text: string, process: string): SavedInstances {
  const given = JSON.parse(text) as Readonly<Record<string, unknown>> | null; // or a text or a number, which have no fields
  if (given?.['format'] !== FORMAT) throw new Error(`its format is not ${FORMAT}`);
  if (given['process'] !== process) throw new Error(`it is not of process ${process}`);
  const { savedAt, instances: lines } = given;
  if (typeof savedAt !== 'string' || !Array.isArray(lines)) throw new Error('it lacks fields');
  if (given['sha256'] !== checksum(process, savedAt, lines)) throw new Error('its checksum is wrong');
  const instances = lines.map((line: unknown) => {
    const parsed = parseInstance(String(line));
    if (parsed.kind === 'malformed') throw new Error(`it holds a malformed instance: ${parsed.reason}`);
    return parsed.instance;
  });
  return { instances, savedAt };
}

function checksum(process: string, savedAt: string, lines: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([process, savedAt, lines]))
    .digest('hex');
}
