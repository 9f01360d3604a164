import pg from 'pg';

import { invalidArgument, type Random } from '../../chassis/core/index.ts';
import { keptSecret } from './secret-file.ts';
import { SUPERUSER } from './cluster.ts';

/** Where the server is, and how its superuser signs in. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly superuserPassword: string;
}

/**
 * Makes the database and the role of that name where they are missing, gives the role the password kept in the file, and shuts everybody
 * else out. Safe to repeat, and to resume where an earlier attempt was killed. Returns the URL with the password in it.
 */
export async function ensureDatabaseAndRole(
  server: ServerAddress,
  options: { readonly name: string; readonly passwordFile: string; readonly random: Random },
): Promise<string> {
  const { name } = options;
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(name)) {
    throw invalidArgument([{ field: 'name', description: 'must match [a-z][a-z0-9_]{0,47}' }]);
  }
  const password = await keptSecret(options.passwordFile, options.random);
  const { host, port } = server;
  const client = new pg.Client({
    host,
    port,
    user: SUPERUSER,
    password: server.superuserPassword,
    database: 'postgres',
  });
  client.on('error', () => undefined); // the statement that meets the lost connection rejects
  await client.connect();
  try {
    const identifier = client.escapeIdentifier(name);
    const role = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
    await client.query(
      `${role.rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${identifier} LOGIN PASSWORD ${client.escapeLiteral(password)}`,
    );
    const database = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
    // PUBLIC may connect to every new database, the superuser's own included: each service is to reach its own only.
    await client.query(`REVOKE ALL ON DATABASE ${identifier}, postgres, template1 FROM PUBLIC`);
  } finally {
    await client.end();
  }
  return `postgres://${name}:${encodeURIComponent(password)}@${host}:${port}/${name}`;
}
