import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

/** Where an embedded server is, and the directory that its secrets are kept in. */
export interface ServerPlace {
  readonly directory: string;
  readonly host: string;
  readonly port: number;
}

/** What a database has done since it was made. */
export interface Counted {
  /** Transactions that were committed, those that only read among them. A session reports its own with a delay of up to ten seconds. */
  readonly commits: number;
  /** Statements that were executed, BEGIN and COMMIT among them: with `pg`, each is a round trip. */
  readonly statements: number;
}

/** Reads what PostgreSQL counts, from a database of its own, so that reading is not counted. */
export interface DatabaseCounters extends AsyncDisposable {
  /** By database. */
  read(): Promise<ReadonlyMap<string, Counted>>;
}

/** What makes a session report its commits at once, when it stands outside a transaction next. */
export const FLUSH_COUNTERS = 'SELECT pg_stat_force_next_flush()';

const READ = `
  SELECT d.datname AS name, d.xact_commit::float8 AS commits, coalesce(sum(s.calls), 0)::float8 AS statements
    FROM pg_stat_database d
    LEFT JOIN pg_stat_statements s ON s.dbid = d.datid
   WHERE d.datname IS NOT NULL
   GROUP BY d.datname, d.xact_commit`;

/** The server must load pg_stat_statements. */
export async function openDatabaseCounters(place: ServerPlace): Promise<DatabaseCounters> {
  const { client, ...superuser } = await connectAsSuperuser(place);
  return {
    async read() {
      const { rows } = await client.query<Counted & { name: string }>(READ);
      return new Map(rows.map(({ name, ...counted }) => [name, counted]));
    },
    [Symbol.asyncDispose]: () => superuser[Symbol.asyncDispose](),
  };
}

/** A session of the superuser, in the database `postgres`. */
export async function connectAsSuperuser({
  directory,
  host,
  port,
}: ServerPlace): Promise<AsyncDisposable & { readonly client: pg.Client }> {
  const password = await readFile(join(directory, 'superuser-password'), 'utf8');
  const client = new pg.Client({ host, port, user: 'postgres', password, database: 'postgres' });
  client.on('error', () => undefined); // the statement that meets the lost connection rejects
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
