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

/** Reads what PostgreSQL counts. Statements of the superuser are left out, as the bench's own are. */
export interface DatabaseCounters extends AsyncDisposable {
  /** By database. */
  read(): Promise<ReadonlyMap<string, Counted>>;
  /** Transactions that wrote something, of all databases, since the server was made: what had to be made durable. */
  writes(): Promise<number>;
}

/** What makes a session report its commits at once, when it stands outside a transaction next. */
export const FLUSH_COUNTERS = 'SELECT pg_stat_force_next_flush()';

const READ = `
  SELECT d.datname AS name, d.xact_commit::float8 AS commits, coalesce(sum(s.calls), 0)::float8 AS statements
    FROM pg_stat_database d
    LEFT JOIN pg_stat_statements s ON s.dbid = d.datid AND s.userid <> current_user::regrole
   WHERE d.datname IS NOT NULL
   GROUP BY d.datname, d.xact_commit`;

/** Only transactions that write get a number, and each the next one. */
const WRITES = 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS writes';

/** The server must load pg_stat_statements. */
export async function openDatabaseCounters(place: ServerPlace): Promise<DatabaseCounters> {
  const { client, ...superuser } = await connectAsSuperuser(place);
  return {
    async read() {
      const { rows } = await client.query<Counted & { name: string }>(READ);
      return new Map(rows.map(({ name, ...counted }) => [name, counted]));
    },
    async writes() {
      const { rows } = await client.query<{ writes: number }>(WRITES);
      return rows[0]?.writes ?? NaN;
    },
    [Symbol.asyncDispose]: () => superuser[Symbol.asyncDispose](),
  };
}

/** A session of the superuser. */
export async function connectAsSuperuser(
  { directory, host, port }: ServerPlace,
  database = 'postgres',
): Promise<AsyncDisposable & { readonly client: pg.Client }> {
  const password = await readFile(join(directory, 'superuser-password'), 'utf8');
  const client = new pg.Client({ host, port, user: 'postgres', password, database });
  client.on('error', () => undefined); // the statement that meets the lost connection rejects
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
