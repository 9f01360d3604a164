import { removeTestProgram } from './shared-program.ts';

/** Runs once, after the last test file, however the run went. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.tradewindTestPostgres?.close();
  await removeTestProgram();
}
