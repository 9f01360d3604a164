import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

/** The databases of a suite's home, read past the services by the server's superuser. */
export interface Databases extends AsyncDisposable {
  /** Rows of a query in one service's database. 64-bit integers come as numbers: no test has more than those hold. */
  rows<Row>(database: string, text: string): Promise<readonly Row[]>;
}

const INT8 = 20;

/** Connects to the PostgreSQL that a suite keeps in its home, to each database when it is first asked for. */
export function openDatabases(home: string): Databases {
  const opened = new Map<string, Promise<pg.Pool>>();
  const open = async (database: string): Promise<pg.Pool> => {
    const directory = join(home, 'postgres');
    const [port, password] = await Promise.all([
      readFile(join(directory, 'port'), 'utf8'),
      readFile(join(directory, 'superuser-password'), 'utf8'),
    ]);
    const types = {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser, // its overloads
    };
    const pool = new pg.Pool({
      ...{ host: '127.0.0.1', port: Number(port), user: 'postgres', password, database, types },
      ...{ application_name: 'invariants', max: 1 }, // whoever asks meanwhile waits
    });
    pool.on('error', () => undefined); // the query that meets the lost connection rejects
    return pool;
  };
  const close = async () => {
    const pools = await Promise.allSettled(opened.values());
    await Promise.all(pools.flatMap((pool) => (pool.status === 'fulfilled' ? [pool.value.end()] : [])));
  };
  return {
    async rows<Row>(database: string, text: string) {
      const pool = opened.get(database) ?? open(database);
      opened.set(database, pool);
      const { rows } = await (await pool).query(text);
      return rows as readonly Row[]; // the query names the columns
    },
    [Symbol.asyncDispose]: close,
  };
}
