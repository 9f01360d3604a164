import pg from 'pg';

import type { Secret } from '../config/index.ts';
import { AppError, systemClock, type Clock } from '../core/index.ts';
import { translateError } from './database-error.ts';
import { readMigrations, type Migration } from './migration-files.ts';

/** What is to be brought up to date. */
export interface MigrateOptions {
  readonly url: Secret;
  /** Migrations of the service and of the chassis's parts it uses, in this order; the store's own come first by themselves. */
  readonly directories: readonly URL[];
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** How long to wait for a replica that migrates the same database; default 60 s. */
  readonly lockTimeoutMs?: number;
  readonly onApplied?: (applied: { readonly name: string; readonly ms: number }) => void;
}

/** "tradewind" as a number: the advisory lock of whoever changes this database's schema. */
const LOCK = 0x7472_6164_6577n;

const DEFAULT_LOCK_TIMEOUT_MS = 60_000;

const CREATE_HISTORY = `
  CREATE TABLE IF NOT EXISTS schema_migration (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    apply_time timestamptz NOT NULL DEFAULT now()
  )`;

/**
 * Applies what was not applied yet, each file in a transaction of its own, and returns the names of what it applied. Replicas that start
 * together wait for one another. What a newer version has applied stays: schemas only go forward.
 *
 * @throws AppError FAILED_PRECONDITION, reason MIGRATION_CHANGED: a file differs from what was applied under its name.
 * @throws AppError FAILED_PRECONDITION, reason MIGRATION_OUT_OF_ORDER: a file comes before one that was applied.
 * @throws AppError INTERNAL, reason MIGRATION_FAILED: a file cannot be applied; nothing of it was.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const directories = [new URL('./migrations/', import.meta.url), ...options.directories];
  const parts = await Promise.all(directories.map(readMigrations));
  const client = new pg.Client({
    connectionString: options.url.reveal(),
    application_name: 'migrate',
    connectionTimeoutMillis: 5_000,
    lock_timeout: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // the statement that meets the lost connection rejects
  const leave = () => void client.end();
  options.signal?.addEventListener('abort', leave, { once: true });
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    return await applyMissing(client, parts, options);
  } catch (error) {
    throw translateError(error);
  } finally {
    options.signal?.removeEventListener('abort', leave);
    await client.end(); // gives the lock back
  }
}

async function applyMissing(
  client: pg.Client,
  parts: readonly (readonly Migration[])[],
  options: MigrateOptions,
): Promise<string[]> {
  const clock = options.clock ?? systemClock;
  await client.query(CREATE_HISTORY);
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM schema_migration',
  );
  const history = new Map(rows.map((row) => [row.name, row.checksum]));
  const missing = parts.flatMap((part) => missingOf(part, history));
  for (const migration of missing) {
    const startedAt = clock.monotonicMs();
    await apply(client, migration);
    options.onApplied?.({ name: migration.name, ms: Math.round(clock.monotonicMs() - startedAt) });
  }
  return missing.map((migration) => migration.name);
}

function missingOf(part: readonly Migration[], history: ReadonlyMap<string, string>): readonly Migration[] {
  const changed = part.find(
    (migration) => history.has(migration.name) && history.get(migration.name) !== migration.checksum,
  );
  if (changed !== undefined) {
    throw refused(changed, 'MIGRATION_CHANGED', 'was changed after it was applied; put the change into a new file');
  }
  const lastApplied = part.findLastIndex((migration) => history.has(migration.name));
  const late = part.slice(0, lastApplied + 1).find((migration) => !history.has(migration.name));
  if (late !== undefined) {
    throw refused(late, 'MIGRATION_OUT_OF_ORDER', 'comes before one that was applied; give it the next number');
  }
  return part.slice(lastApplied + 1);
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.text);
    await client.query('INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)', [
      migration.name,
      migration.checksum,
    ]);
    await client.query('COMMIT');
  } catch (cause) {
    throw new AppError({
      status: 'INTERNAL',
      reason: 'MIGRATION_FAILED',
      message: `${migration.file} cannot be applied: ${cause instanceof Error ? cause.message : String(cause)}`,
      metadata: { migration: migration.name },
      cause,
    });
  }
}

function refused(migration: Migration, reason: string, what: string): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason,
    message: `${migration.file} ${what}`,
    metadata: { migration: migration.name },
  });
}
