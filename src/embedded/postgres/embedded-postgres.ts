import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { Secret } from '../../chassis/config/index.ts';
import { AppError, systemRandom, throwIfAborted, type Clock, type Random } from '../../chassis/core/index.ts';
import { chooseAccount, type Account } from './account.ts';
import { locateBinaries, type Binaries } from './binaries.ts';
import { clusterExists, initialiseCluster } from './cluster.ts';
import { ensureDatabaseAndRole } from './databases.ts';
import { ownDirectory } from './owner.ts';
import { freePort, portIsFree } from './port.ts';
import { startPostmaster, type Postmaster, type ServerExit } from './postmaster.ts';
import { stopPreviousServer } from './previous-server.ts';
import { keptSecret } from './secret-file.ts';

export type { ServerExit } from './postmaster.ts';

/** One step of a start, told when it begins; `ready` when it is over. `ms` counts from the start's beginning. */
export interface EmbeddedPostgresProgress {
  readonly step: 'stopping-previous' | 'initialising' | 'starting' | 'ready';
  readonly ms: number;
}

/** How an embedded server is started. */
export interface EmbeddedPostgresOptions {
  /** Everything is kept here, between runs too; made when missing. One process uses it at a time. */
  readonly directory: string;
  /** Default: the port of the last run where it is free, else a free one. A given port that is taken is an error. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  readonly clock: Clock;
  /** Default: the machine's; passwords are made of it. */
  readonly random?: Random;
  /** Ends a start that is under way; close() ends what runs. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EmbeddedPostgresProgress) => void;
}

/** A real PostgreSQL server, owned by this process. */
export interface EmbeddedPostgres extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /**
   * The URL of that service's database: a database and a role of the name (`[a-z][a-z0-9_]*`), made when missing, closed to every other
   * role, with a password of its own that is kept in the directory.
   */
  ensureDatabase(name: string): Promise<Secret>;
  /** Calls back when the server ends without close(); the directory may then be started again. Returns how to stop listening. */
  onExit(listener: (exit: ServerExit) => void): () => void;
  /** Fast shutdown: open transactions roll back, committed ones are on disk. Idempotent. */
  close(): Promise<void>;
}

/** A killed server's children see its end within moments; until then they hold its shared memory. */
const LEFTOVERS_MS = 10_000;

/**
 * Starts the server of this directory, making its cluster first when there is none whole. What an owner that was killed left behind (a
 * half-made cluster, a stale pid file, a server that still runs) is cleared away.
 *
 * @throws AppError FAILED_PRECONDITION, reason DIRECTORY_IN_USE: a living process owns the directory.
 * @throws AppError UNAVAILABLE, reason PORT_TAKEN or EMBEDDED_POSTGRES_START: the server does not start.
 */
export async function createEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = await prepareDirectory(options.directory);
  const release = await ownDirectory(directory);
  try {
    const postmaster = await start(directory, options);
    return supervise(directory, postmaster, release, options);
  } catch (error) {
    await release();
    throw error;
  }
}

async function prepareDirectory(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  // Root's server runs as somebody else, who must pass through; the secrets inside are closed by themselves.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return realpath(path);
}

interface Running extends Postmaster {
  readonly host: string;
  readonly port: number;
}

async function start(directory: string, options: EmbeddedPostgresOptions): Promise<Running> {
  const { clock, signal } = options;
  const startedAt = clock.monotonicMs();
  const report = (step: EmbeddedPostgresProgress['step']) =>
    options.onProgress?.({ step, ms: Math.round(clock.monotonicMs() - startedAt) });
  const dataDirectory = join(directory, 'cluster');
  const binaries = await locateBinaries();
  const account = await chooseAccount(dataDirectory, [binaries.postgres, dataDirectory]);
  if (await stopPreviousServer(dataDirectory, clock)) report('stopping-previous');
  const password = await superuserPassword(directory, options.random ?? systemRandom);
  if (!(await clusterExists(dataDirectory))) {
    report('initialising');
    await initialiseCluster({ binaries, account, directory, dataDirectory, password, signal });
  }
  throwIfAborted(signal);
  report('starting');
  const running = await startOnSomePort({ directory, dataDirectory, binaries, account, options });
  report('ready');
  return running;
}

interface Prepared {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly options: EmbeddedPostgresOptions;
}

async function startOnSomePort(prepared: Prepared): Promise<Running> {
  const { directory, options } = prepared;
  const host = options.host ?? '127.0.0.1';
  const portFile = join(directory, 'port');
  const giveUpAt = options.clock.monotonicMs() + LEFTOVERS_MS;
  let kept = options.port ?? Number(await readFile(portFile, 'utf8').catch(() => '0'));
  for (;;) {
    if (options.port === undefined && !(kept > 0 && (await portIsFree(host, kept)))) kept = await freePort(host);
    try {
      const postmaster = await startPostmaster({
        ...prepared,
        postgres: prepared.binaries.postgres,
        host,
        port: kept,
        clock: options.clock,
        signal: options.signal,
      });
      await writeFile(portFile, `${kept}\n`);
      return { ...postmaster, host, port: kept };
    } catch (error) {
      const reason = error instanceof AppError ? error.reason : undefined;
      const passes =
        reason === 'EMBEDDED_POSTGRES_LEFTOVERS' || (reason === 'PORT_TAKEN' && options.port === undefined);
      if (!passes || options.clock.monotonicMs() > giveUpAt) throw error;
      await options.clock.sleep(100, options.signal);
    }
  }
}

function supervise(
  directory: string,
  running: Running,
  release: () => Promise<void>,
  options: EmbeddedPostgresOptions,
): EmbeddedPostgres {
  const { host, port, pid } = running;
  const random = options.random ?? systemRandom;
  const listeners = new Set<(exit: ServerExit) => void>();
  let closing: Promise<void> | undefined;
  let lastEnsured: Promise<unknown> = Promise.resolve();

  void running.exited.then(async (exit) => {
    if (closing !== undefined) return;
    await release();
    for (const listener of listeners) listener(exit);
  });

  const ensureDatabase = async (name: string): Promise<Secret> => {
    const superuser = await superuserPassword(directory, random);
    const passwordFile = join(directory, 'passwords', name);
    return new Secret(
      await ensureDatabaseAndRole({ host, port, superuserPassword: superuser }, { name, passwordFile, random }),
    );
  };
  const close = async () => {
    await running.stop();
    await release();
  };
  return {
    host,
    port,
    pid,
    ensureDatabase(name) {
      // One after the other: two of the same name would both find it missing.
      const ensured = lastEnsured.catch(() => undefined).then(() => ensureDatabase(name));
      lastEnsured = ensured;
      return ensured;
    },
    onExit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

function superuserPassword(directory: string, random: Random): Promise<string> {
  return keptSecret(join(directory, 'superuser-password'), random);
}
