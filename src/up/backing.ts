import { join } from 'node:path';

import { CATALOGUE, type Environment } from '../catalogue.ts';
import { systemClock, systemRandom } from '../chassis/core/index.ts';
import { Secret } from '../chassis/config/index.ts';
import { createEmbeddedEtcd } from '../embedded/etcd/index.ts';
import type { Home } from './home.ts';
import { keepPostgres } from './kept-postgres.ts';
import type { Reporter } from './reporter.ts';

/** The servers that the services stand on. */
export interface Backing {
  readonly etcdEndpoints: string;
  readonly databaseUrls: ReadonlyMap<string, Secret>;
  close(): Promise<void>;
}

/** Where they come from and who is told. */
export interface BackingOptions {
  readonly home: Home;
  readonly host: string;
  /** ETCD_ENDPOINTS: use that etcd. <SERVICE>_DATABASE_URL: use that database for the service. */
  readonly environment: Environment;
  readonly report: Reporter;
  readonly elapsed: () => number;
}

/** Starts the embedded PostgreSQL and the embedded etcd, each only where the environment names no server of its own. */
export async function startBacking(options: BackingOptions): Promise<Backing> {
  const parts = [startEtcd(options), startDatabases(options)] as const;
  const close = async () => {
    const opened = await Promise.allSettled(parts);
    await Promise.all(opened.flatMap((part) => (part.status === 'fulfilled' ? [part.value.close()] : [])));
  };
  try {
    const [etcd, databases] = await Promise.all(parts);
    return { etcdEndpoints: etcd.endpoints, databaseUrls: databases.urls, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startEtcd({ host, environment, report, elapsed }: BackingOptions) {
  const given = environment['ETCD_ENDPOINTS'];
  if (given !== undefined && given !== '') {
    report({ event: 'backing', name: 'etcd', address: given, ms: elapsed(), note: 'from ETCD_ENDPOINTS' });
    return { endpoints: given, close: () => Promise.resolve() };
  }
  const etcd = await createEmbeddedEtcd({ host, port: 0 });
  report({ event: 'backing', name: 'etcd', address: etcd.address, ms: elapsed(), note: 'embedded, in memory' });
  return { endpoints: `http://${etcd.address}`, close: () => etcd.close() };
}

async function startDatabases({ home, environment, report, elapsed }: BackingOptions) {
  const services = CATALOGUE.filter((entry) => entry.kind === 'service').map((entry) => entry.name);
  const given = new Map(
    services.flatMap((name) => {
      const url = environment[`${name.toUpperCase()}_DATABASE_URL`];
      return url === undefined || url === '' ? [] : [[name, new Secret(url)] as const];
    }),
  );
  const missing = services.filter((name) => !given.has(name));
  if (missing.length === 0) return { urls: given, close: () => Promise.resolve() };

  const directory = home.folder('postgres');
  const kept = await keepPostgres({ directory, clock: systemClock, random: systemRandom, report });
  const { server } = kept;
  const urls = new Map(given);
  for (const [name, url] of await Promise.all(missing.map(async (n) => [n, await server.ensureDatabase(n)] as const))) {
    urls.set(name, url);
  }
  report({
    event: 'backing',
    name: 'postgres',
    address: `${server.host}:${server.port}`,
    ms: elapsed(),
    note: `kept in ${join(home.shown, 'postgres')}`,
  });
  return { urls, close: () => kept.close() };
}
