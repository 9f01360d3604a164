import { Secret } from '../../src/chassis/config/index.ts';
import { createDatabase, type Database } from '../../src/chassis/store/index.ts';
import { TEST_POSTGRES_VARIABLE } from './postgres-server.ts';

/** A database of its own for one test file, on the run's one server. */
export interface TestDatabase {
  readonly url: Secret;
  readonly database: Database;
  /** Closes `database`; the data goes with the run. */
  close(): Promise<void>;
}

/** A fresh, empty database on the run's real PostgreSQL server, which starts with the first call (about a second). */
export async function testDatabase(): Promise<TestDatabase> {
  const url = await testDatabaseUrl();
  const database = createDatabase({ url, applicationName: 'test', maxConnections: 10 });
  return { url, database, close: () => database.close() };
}

/** The databases that this test file was given, in order. */
const given: Secret[] = [];

/** Every database that this test file was given until now. */
export function urlsOfThisFile(): readonly Secret[] {
  return given;
}

/** The URL alone, for tests that make their own pools or start whole services. */
export async function testDatabaseUrl(): Promise<Secret> {
  const broker = process.env[TEST_POSTGRES_VARIABLE];
  if (broker === undefined) throw new Error(`${TEST_POSTGRES_VARIABLE} is not set: jest's globalSetup has not run`);
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  const response = await fetch(`${broker}?name=${name}`, { method: 'POST' });
  const text = await response.text();
  if (!response.ok) throw new Error(`no test database: ${text}`);
  const url = new Secret(text);
  given.push(url);
  return url;
}
