import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../../src/chassis/core/index.ts';
import { createEmbeddedPostgres, type EmbeddedPostgres } from '../../src/embedded/postgres/index.ts';
import { connectAsSuperuser, openDatabaseCounters, type DatabaseCounters } from './database-counters.ts';

/** The embedded PostgreSQL, with the settings that every suite has (fsync on), and what it has counted. */
export interface BenchPostgres extends AsyncDisposable {
  readonly server: EmbeddedPostgres;
  readonly counters: DatabaseCounters;
}

/** Starts a server in a temporary folder that goes with it. */
export async function startBenchPostgres(): Promise<BenchPostgres> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o711); // for a run by root, whose server runs as somebody else
  const directory = join(folder, 'server');
  await countStatements(directory);
  const server = stack.use(await createEmbeddedPostgres({ directory, clock: systemClock }));
  const counters = stack.use(await openDatabaseCounters({ directory, host: server.host, port: server.port }));
  const owned = stack.move();
  return { server, counters, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/**
 * Makes the server of that directory, whole and stopped, load pg_stat_statements whenever it starts. It is made when
 * missing.
 */
export async function countStatements(directory: string): Promise<void> {
  await using server = await createEmbeddedPostgres({ directory, clock: systemClock });
  await using superuser = await connectAsSuperuser({ directory, host: server.host, port: server.port });
  await superuser.client.query(`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`);
  await superuser.client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
}
