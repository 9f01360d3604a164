import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError, newId } from '../../chassis/core/index.ts';
import { processIdentity } from './process-identity.ts';

/**
 * Makes this process the directory's only user until the returned function is called; an owner that died without saying so is replaced.
 *
 * @throws AppError FAILED_PRECONDITION, reason DIRECTORY_IN_USE, that names the process which uses it.
 */
export async function ownDirectory(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, 'owner');
  const mine = `${process.pid} ${await processIdentity(process.pid)} ${newId()}\n`;
  const draft = `${file}.${newId()}`;
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    while (!(await linked(draft, file))) await removeStale(file, directory);
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await read(file)) === mine) await rm(file, { force: true });
  };
}

/** A link appears with its content, or not at all: nobody reads a half-written owner. */
async function linked(draft: string, file: string): Promise<boolean> {
  return link(draft, file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

async function removeStale(file: string, directory: string): Promise<void> {
  const found = await read(file);
  if (found === undefined) return; // its owner has just left
  const [pid = '', identity] = found.split(' ');
  if ((await processIdentity(Number(pid))) === identity) throw inUse(directory, pid);
  // Between reading and removing, a rival may have replaced the stale file by its own: look at what was taken.
  const taken = `${file}.${newId()}`;
  await rename(file, taken).catch(() => undefined);
  const content = await read(taken);
  if (content !== undefined && content !== found) {
    await link(taken, file).catch(() => undefined);
    await rm(taken, { force: true });
    throw inUse(directory, content.split(' ')[0] ?? '');
  }
  await rm(taken, { force: true });
}

function inUse(directory: string, pid: string): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'DIRECTORY_IN_USE',
    message: `the PostgreSQL directory ${directory} is in use by process ${pid}; stop it, or choose another directory`,
    metadata: { directory, pid },
  });
}

async function read(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
