import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where workers find the run's folder; set before they are forked, so that they inherit it. */
const VARIABLE = 'TRADEWIND_TEST_COMPILE_CACHE';

/** Makes the run's one folder for the compiled code of the suites that it starts. For jest's global set-up. */
export async function createTestCompileCache(): Promise<void> {
  process.env[VARIABLE] = await mkdtemp(join(tmpdir(), 'tradewind-test-compile-cache-'));
}

/** Removes it. */
export async function removeTestCompileCache(): Promise<void> {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

/** Has a suite that will start in this new home find what the run's earlier suites compiled. Nothing outside jest. */
export async function shareCompileCache(home: string): Promise<void> {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) await symlink(folder, join(home, 'compile-cache'));
}
