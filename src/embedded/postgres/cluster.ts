import { execFile } from 'node:child_process';
import { chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { AppError } from '../../chassis/core/index.ts';
import { commandAs, type Account } from './account.ts';
import type { Binaries } from './binaries.ts';

/** The environment of every PostgreSQL program: ours may hold PG* settings and secrets that are none of its business. */
export const PROGRAM_ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' } as const;

/** The name the superuser has in every cluster of ours. */
export const SUPERUSER = 'postgres';

/** What initdb needs. */
export interface InitialiseOptions {
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  /** Belongs to us; the cluster is made in it first. */
  readonly directory: string;
  /** Where the finished cluster is to be. */
  readonly dataDirectory: string;
  readonly password: string;
  readonly signal: AbortSignal | undefined;
}

/** Whether the cluster is there, whole. */
export async function clusterExists(dataDirectory: string): Promise<boolean> {
  return stat(dataDirectory).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a new cluster: UTF-8, sorted by code point whatever the machine's locale, checksums on, a password asked for always. It is made
 * beside its place and moved there when it is whole, so that what a killed start left is never taken for a cluster.
 *
 * @throws AppError INTERNAL, reason EMBEDDED_POSTGRES_INIT, with initdb's own words as the cause.
 */
export async function initialiseCluster(options: InitialiseOptions): Promise<void> {
  const { binaries, account, directory, dataDirectory } = options;
  const draft = `${dataDirectory}.new`;
  const passwordFile = join(directory, 'initdb-password');
  await rm(draft, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  try {
    if (account !== undefined) {
      for (const path of [draft, passwordFile]) await chown(path, account.uid, account.gid);
    }
    const command = commandAs(account, binaries.initdb, initdbArguments(draft, passwordFile));
    await promisify(execFile)(command.file, command.args, {
      ...command.identity,
      env: PROGRAM_ENVIRONMENT,
      cwd: directory,
      ...(options.signal && { signal: options.signal }),
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new AppError({
      status: 'INTERNAL',
      reason: 'EMBEDDED_POSTGRES_INIT',
      message: `PostgreSQL's initdb failed in ${directory}: ${(cause as { stderr?: string }).stderr?.trim() ?? String(cause)}`,
      cause,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, dataDirectory);
}

function initdbArguments(draft: string, passwordFile: string): readonly string[] {
  return [
    `--pgdata=${draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in provider gives the same order and letter cases on every machine, with no locale installed.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ];
}
