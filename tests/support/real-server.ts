import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from './eventually.ts';

/** A server of somebody else's in a process of its own, with data of its own. Whoever started it closes it. */
export interface RealServer extends AsyncDisposable {
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /** Where its data is; nothing of it lies elsewhere. Its processes work in it. */
  readonly directory: string;
  /** Ends the server as a crash does (SIGKILL); its data stays. Does nothing when it does not run. */
  kill(): Promise<void>;
  /** Stops it where it stands (SIGSTOP) for as long as the work takes: connections stay, and nothing answers. It must run. */
  whileFrozen<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Starts it again on the same port and data after `kill()`, ready to be called. Does nothing while it runs. */
  start(): Promise<void>;
  /** Ends the server as a crash does, loses all its data and starts it again on the same port. */
  wipe(): Promise<void>;
  /** Ends the server and removes its data. Idempotent. */
  close(): Promise<void>;
}

/** What is run, and how one sees that it serves. The functions are given the server's folder. */
export interface RealServerOptions {
  /** For messages and for the folder's name. */
  readonly name: string;
  /** Must become the server itself rather than start it as a child: it is what `kill()` kills. */
  readonly program: string;
  readonly arguments?: (directory: string) => readonly string[];
  /** All of its environment. Default: PATH alone. */
  readonly environment?: (directory: string) => Readonly<Record<string, string>>;
  /** Rejects while the server cannot be called yet. */
  readonly isReady: () => Promise<void>;
  /** How long it may take until then. */
  readonly startTimeoutMs: number;
}

/** Enough of what a server said last to see why it ended. */
const OUTPUT_CHARACTERS = 10_000;

/** Starts it in a new folder below the system's for temporary files. Rejects with what it printed when it does not start. */
export async function startRealServer(options: RealServerOptions): Promise<RealServer> {
  const directory = await mkdtemp(join(tmpdir(), `tradewind-test-${options.name}-`));
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    if (server !== undefined && !hasEnded(server)) return;
    const child = spawn(options.program, options.arguments?.(directory) ?? [], {
      cwd: directory,
      env: { PATH: process.env['PATH'], ...options.environment?.(directory) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    server = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => (output = `${output}${String(text)}`.slice(-OUTPUT_CHARACTERS)));
    }
    await eventually(
      async () => {
        if (!hasEnded(child)) await options.isReady(); // no use in waiting otherwise
      },
      { timeoutMs: options.startTimeoutMs },
    );
    if (hasEnded(child)) throw new Error(`${options.name} ended with ${child.exitCode ?? child.signalCode}: ${output}`);
  }

  async function kill(): Promise<void> {
    const child = server;
    server = undefined;
    if (child === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async function whileFrozen<Result>(work: () => Promise<Result>): Promise<Result> {
    if (server?.kill('SIGSTOP') !== true) throw new Error(`${options.name} does not run`);
    try {
      return await work();
    } finally {
      server.kill('SIGCONT');
    }
  }

  async function wipe(): Promise<void> {
    await close();
    await mkdir(directory);
    await start();
  }

  async function close(): Promise<void> {
    await kill();
    await rm(directory, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    get pid() {
      return server?.pid;
    },
    ...{ directory, kill, start, whileFrozen, wipe, close, [Symbol.asyncDispose]: close },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
