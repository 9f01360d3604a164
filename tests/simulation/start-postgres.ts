import { TEST_POSTGRES_VARIABLE, createTestPostgresServer } from '../support/postgres-server.ts';
import { testDatabaseUrl } from '../support/postgres.ts';
import { openSimulatedPostgres, type SimulatedPostgres } from './store-postgres.ts';

/** A database on the server of the jest run, or, outside jest, on an embedded one of its own. */
export async function startPostgres(): Promise<SimulatedPostgres> {
  if (process.env[TEST_POSTGRES_VARIABLE] !== undefined) return openSimulatedPostgres(await testDatabaseUrl());
  const server = await createTestPostgresServer();
  process.env[TEST_POSTGRES_VARIABLE] = server.url;
  const end = async () => {
    delete process.env[TEST_POSTGRES_VARIABLE];
    await server.close();
  };
  try {
    const postgres = await openSimulatedPostgres(await testDatabaseUrl());
    return {
      empty: (now, breach) => postgres.empty(now, breach),
      async [Symbol.asyncDispose]() {
        await postgres[Symbol.asyncDispose]();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
