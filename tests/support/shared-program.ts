import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where workers find the run's folder; set before they are forked, so that they inherit it. */
const VARIABLE = 'TRADEWIND_TEST_PROGRAM';
/** What `up` makes of the source and keeps in its home. */
const FOLDERS = ['bundle', 'compile-cache'];

/** Makes the run's one folder for the program that its suites run, bundled and compiled. For jest's global set-up. */
export async function createTestProgram(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-test-program-'));
  for (const name of FOLDERS) await mkdir(join(folder, name));
  process.env[VARIABLE] = folder;
}

/** Removes it. */
export async function removeTestProgram(): Promise<void> {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

/** Has a suite that will start in this new home find what the run's earlier suites bundled and compiled. Nothing outside jest. */
export async function shareProgram(home: string): Promise<void> {
  const folder = process.env[VARIABLE];
  if (folder === undefined) return;
  for (const name of FOLDERS) await symlink(join(folder, name), join(home, name));
}
