import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { newId, type Random } from '../../chassis/core/index.ts';

/** The secret kept in the file, which only its owner can read; 256 random bits, made and written when there is no such file. */
export async function keptSecret(file: string, random: Random): Promise<string> {
  const kept = await read(file);
  if (kept !== undefined) return kept;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${newId()}`;
  await writeFile(draft, Buffer.from(random.bytes(32)).toString('base64url'), { mode: 0o600, flush: true });
  try {
    await link(draft, file); // whole or not at all, and never over another one's
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
