import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Secret } from '../../../src/chassis/config/index.ts';
import { systemClock } from '../../../src/chassis/core/index.ts';
import { createEmbeddedPostgres } from '../../../src/embedded/postgres/index.ts';
import { countStatements } from '../bench-postgres.ts';
import { openDatabaseCounters, type DatabaseCounters, type ServerPlace } from '../database-counters.ts';
import type { SagaServer } from '../saga/side-process.ts';

/** A suite's own PostgreSQL server, seen from outside. */
export interface SuitePostgres extends AsyncDisposable {
  readonly place: ServerPlace;
  readonly counters: DatabaseCounters;
  /** The server, with the databases that were made for benches. */
  readonly server: SagaServer;
}

/**
 * Makes a home's server before the suite has started: it counts statements, and has a database for each of these names
 * besides the suite's own. Answers the URLs of these; their port is only that of the moment.
 */
export async function prepareServer(home: string, names: readonly string[]): Promise<ReadonlyMap<string, Secret>> {
  const directory = directoryOf(home);
  await countStatements(directory);
  await using server = await createEmbeddedPostgres({ directory, clock: systemClock });
  const urls = new Map<string, Secret>();
  for (const name of names) urls.set(name, await server.ensureDatabase(name));
  return urls;
}

/** Opens the server of a suite that runs in this home, which prepareServer has made. */
export async function openSuitePostgres(home: string, urls: ReadonlyMap<string, Secret>): Promise<SuitePostgres> {
  const directory = directoryOf(home);
  const place = { directory, host: '127.0.0.1', port: Number(await readFile(join(directory, 'port'), 'utf8')) };
  const pid = Number.parseInt(await readFile(join(directory, 'cluster', 'postmaster.pid'), 'utf8'), 10);
  const counters = await openDatabaseCounters(place);
  const ensureDatabase = async (name: string) => {
    const url = new URL(urls.get(name)?.reveal() ?? '');
    url.port = String(place.port);
    return new Secret(url.href);
  };
  return {
    place,
    counters,
    server: { pid, counters, ensureDatabase },
    [Symbol.asyncDispose]: () => counters[Symbol.asyncDispose](),
  };
}

function directoryOf(home: string): string {
  return join(home, 'postgres');
}
