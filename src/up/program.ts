import { execFile, spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { freshBundle } from './bundle.ts';
import type { Home } from './home.ts';

/** What the suite's processes are to run. */
export interface ProgramOptions {
  /** src/main.ts, or its compiled form. */
  readonly entry: string;
  /** Flags for Node; the compile cache is good for the same flags only. */
  readonly flags: readonly string[];
  readonly home: Home;
  /** The children's own environment, with NODE_COMPILE_CACHE. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Bundles and compiles the program unless that has been done, and answers how Node runs it: the command's first words. */
export async function prepareProgram(options: ProgramOptions): Promise<readonly [string, ...string[]]> {
  const { entry, flags, home } = options;
  const node = [process.execPath, ...flags] as const;
  // What is no TypeScript has been built by somebody already, and runs as it is.
  if (!entry.endsWith('.ts')) return prime([...node, entry], options, false);
  const folder = home.folder('bundle');
  const existing = freshBundle(folder);
  const program = existing ?? (await bundle(options, folder));
  return prime([...node, ...program], options, existing === undefined);
}

/** In a process of its own, which gives back the half gigabyte that it takes. */
async function bundle({ entry, environment, signal }: ProgramOptions, folder: string): Promise<readonly string[]> {
  await promisify(execFile)(process.execPath, [entry, 'bundle', folder], { env: environment, signal });
  const program = freshBundle(folder);
  if (program === undefined) throw new Error('a file of the program was changed while it was bundled; start again');
  return program;
}

/**
 * Compiles all code of the suite once, in a process of its own, before eleven processes do it at the same time: none of them
 * then keeps the memory that compiling takes, or has a cache to write. Returns at once when the cache is
 * there. Without it everything works all the same, so a failure is no error.
 */
async function prime(
  command: readonly [string, ...string[]],
  { environment, signal }: ProgramOptions,
  isNew: boolean,
): Promise<readonly [string, ...string[]]> {
  const directory = environment['NODE_COMPILE_CACHE'];
  if (directory === undefined) return command;
  const compiled = readdirSync(directory);
  if (compiled.length > 0 && !isNew) return command;
  // What was compiled of an earlier bundle is of no use to anybody.
  for (const name of compiled) rmSync(join(directory, name), { recursive: true, force: true });
  const [node, ...program] = command;
  return new Promise((resolve) => {
    const child = spawn(node, [...program, 'prime'], { env: environment, stdio: 'ignore', signal });
    child.once('error', () => resolve(command));
    child.once('exit', () => resolve(command));
  });
}
