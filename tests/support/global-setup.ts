import { createTestProgram } from './shared-program.ts';
import { createTestPostgresServer, TEST_POSTGRES_VARIABLE, type TestPostgresServer } from './postgres-server.ts';

declare global {
  var tradewindTestPostgres: TestPostgresServer | undefined; // how jest hands things from global set-up to global tear-down
}

/** Runs once, before the workers are forked. */
export default async function globalSetup(): Promise<void> {
  globalThis.tradewindTestPostgres = await createTestPostgresServer();
  process.env[TEST_POSTGRES_VARIABLE] = globalThis.tradewindTestPostgres.url;
  await createTestProgram();
}
