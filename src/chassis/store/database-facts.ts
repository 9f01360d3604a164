import type { Database } from './database.ts';
import { storeStatements } from './store-statements.ts';

/** What a database says of itself. */
export interface DatabaseFacts {
  /** Its clock, in milliseconds since the epoch. */
  readonly nowMs: number;
  readonly serverVersion: string;
  /** The names of every migration that was applied, in order. */
  readonly migrations: readonly string[];
}

/** Asks a migrated database. Rejects as every statement does. */
export async function databaseFacts(database: Database): Promise<DatabaseFacts> {
  const row = await database.one<{ now_ms: bigint; server_version: string; migrations: readonly string[] }>(
    storeStatements()['database-facts'],
  );
  if (row === undefined) throw new Error('database-facts gave no row');
  return { nowMs: Number(row.now_ms), serverVersion: row.server_version, migrations: row.migrations };
}
