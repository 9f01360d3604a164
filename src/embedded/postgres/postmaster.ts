import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { abortError, AppError, type Clock } from '../../chassis/core/index.ts';
import { commandAs, type Account } from './account.ts';
import { PROGRAM_ENVIRONMENT } from './cluster.ts';
import { readPidFile } from './previous-server.ts';
import { SERVER_SETTINGS } from './settings.ts';

/** How a server process ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of its log. */
  readonly log: string;
}

/** A server that accepts connections. */
export interface Postmaster {
  readonly pid: number;
  /** Resolves once, when the process has ended for whatever reason. */
  readonly exited: Promise<ServerExit>;
  /** Fast shutdown (open transactions roll back), made immediate after ten seconds. Idempotent; resolves with the end of the process. */
  stop(): Promise<void>;
}

/** What a server is started with. */
export interface StartOptions {
  readonly postgres: string;
  readonly account: Account | undefined;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/** Recovery after a crash replays at most max_wal_size; a server that takes longer than this has another problem. */
const START_TIMEOUT_MS = 120_000;
const FAST_SHUTDOWN_MS = 10_000;

/**
 * Starts the server and waits until it accepts connections.
 *
 * @throws AppError UNAVAILABLE, reason PORT_TAKEN; or reason EMBEDDED_POSTGRES_START, with the end of the server's log as its message.
 */
export async function startPostmaster(options: StartOptions): Promise<Postmaster> {
  const logFile = join(options.directory, 'server.log');
  const postmaster = await spawnServer(options, logFile);
  try {
    await untilReady(postmaster, options);
  } catch (error) {
    await postmaster.stop();
    throw error;
  }
  return postmaster;
}

async function spawnServer(options: StartOptions, logFile: string): Promise<Postmaster> {
  await rename(logFile, `${logFile}.previous`).catch(() => undefined);
  const settings = { ...SERVER_SETTINGS, listen_addresses: options.host, port: String(options.port) };
  const args = [
    '-D',
    options.dataDirectory,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const command = commandAs(options.account, options.postgres, args);
  const log = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(command.file, command.args, {
      ...command.identity,
      env: PROGRAM_ENVIRONMENT,
      cwd: options.directory,
      stdio: ['ignore', log.fd, log.fd],
      detached: true, // Ctrl-C in a terminal goes to the whole group: the services must still have their database while they drain
    });
    // At once: what ends while we wait for anything has ended without our hearing of it.
    const postmaster = superviseServer(child, logFile, options.clock);
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    return postmaster;
  } finally {
    await log.close();
  }
}

function superviseServer(child: ChildProcess, logFile: string, clock: Clock): Postmaster {
  let ended = false;
  let stopping: Promise<void> | undefined;
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      process.off('exit', stopWithUs);
      void lastLines(logFile).then((log) => resolve({ code, signal, log }));
    });
  });
  /** An owner that leaves without close() does not leave a server behind. */
  const stopWithUs = () => child.kill('SIGINT');
  process.once('exit', stopWithUs);
  child.once('error', () => process.off('exit', stopWithUs)); // it never ran
  const stop = async () => {
    if (ended) return;
    child.kill('SIGINT');
    const timer = clock.setTimer(FAST_SHUTDOWN_MS, () => child.kill('SIGQUIT'));
    await exited;
    timer.cancel();
  };
  return {
    pid: child.pid as number /* nobody gets to see it unless it has spawned */,
    exited,
    stop: () => (stopping ??= stop()),
  };
}

async function untilReady(postmaster: Postmaster, options: StartOptions): Promise<void> {
  let exit: ServerExit | undefined;
  void postmaster.exited.then((value) => (exit = value));
  const giveUpAt = options.clock.monotonicMs() + START_TIMEOUT_MS;
  for (;;) {
    if (exit !== undefined) throw startFailure(exit.log, options.port);
    if (options.signal?.aborted) throw abortError(options.signal);
    const state = await readPidFile(options.dataDirectory);
    if (state?.pid === postmaster.pid && state.ready) return;
    if (options.clock.monotonicMs() > giveUpAt)
      throw startFailure(`not ready after ${START_TIMEOUT_MS} ms`, options.port);
    await options.clock.sleep(5);
  }
}

function startFailure(log: string, port: number): AppError {
  const portTaken = /could not bind|could not create any TCP\/IP sockets/.test(log);
  const memoryInUse = /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(log);
  return new AppError({
    status: 'UNAVAILABLE',
    reason: portTaken ? 'PORT_TAKEN' : memoryInUse ? 'EMBEDDED_POSTGRES_LEFTOVERS' : 'EMBEDDED_POSTGRES_START',
    message: portTaken
      ? `PostgreSQL cannot listen on port ${port}: another process does`
      : `PostgreSQL did not start:\n${log}`,
    metadata: { port: String(port) },
  });
}

async function lastLines(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-20).join('\n');
}
