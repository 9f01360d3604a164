import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The folder of the project, without a slash at its end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A file of the project as text. */
export const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');

/** package.json. */
export const manifest = async () => JSON.parse(await read('package.json')) as Manifest;

/** What the tests read of it. */
export interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** Libraries that the suite runs on and an app that imports the client does not need. */
  readonly suiteDependencies: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

const execute = promisify(execFile);

/** Runs a program of node_modules in the project; its output is in what it throws when it fails. */
export async function runTool(script: string, ...args: string[]): Promise<string> {
  const options = { cwd: ROOT, maxBuffer: 1 << 27 };
  const { stdout } = await execute(process.execPath, [join(ROOT, 'node_modules', script), ...args], options).catch(
    (error: { stdout?: string; stderr?: string }) => {
      throw new Error(`${error.stdout ?? ''}\n${error.stderr ?? String(error)}`);
    },
  );
  return stdout;
}
