import { removeTestCompileCache } from './compile-cache.ts';

/** Runs once, after the last test file, however the run went. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.tradewindTestPostgres?.close();
  await removeTestCompileCache();
}
