import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';

/** How the priming process is run. */
export interface PrimeOptions {
  /** The program that every process of the suite runs, with its flags: the cache is good for the same flags only. */
  readonly program: readonly string[];
  /** The children's own environment, with NODE_COMPILE_CACHE. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Compiles all code of the suite once, in a process of its own, before eleven processes do it at the same time: they then
 * start in half the time and with 30 MB less each, and none of them has a cache to write. Returns at once when the cache is
 * there. Without it everything works all the same, so a failure is no error.
 */
export function primeCompileCache({ program, environment, signal }: PrimeOptions): Promise<void> {
  const directory = environment['NODE_COMPILE_CACHE'];
  if (directory === undefined || readdirSync(directory).length > 0) return Promise.resolve();
  const [command = process.execPath, ...args] = program;
  return new Promise((resolve) => {
    const child = spawn(command, [...args, 'prime'], { env: environment, stdio: 'ignore', signal });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
