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
  const opened = new Map<string, Promise<pg.Client>>();
  const open = async (database: string): Promise<pg.Client> => {
    const directory = join(home, 'postgres');
    const [port, password] = await Promise.all([
      readFile(join(directory, 'port'), 'utf8'),
      readFile(join(directory, 'superuser-password'), 'utf8'),
    ]);
    const types = {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser, // its overloads
    };
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port: Number(port), user: 'postgres', password, database, types },
      application_name: 'invariants',
    });
    client.on('error', () => undefined); // the query that meets the lost connection rejects
    await client.connect();
    return client;
  };
  const close = async () => {
    const clients = await Promise.allSettled(opened.values());
    await Promise.all(clients.flatMap((client) => (client.status === 'fulfilled' ? [client.value.end()] : [])));
  };
  return {
    async rows<Row>(database: string, text: string) {
      const client = opened.get(database) ?? open(database);
      opened.set(database, client);
      const { rows } = await (await client).query(text);
      return rows as readonly Row[]; // the query names the columns
    },
    [Symbol.asyncDispose]: close,
  };
}
