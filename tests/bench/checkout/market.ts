import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startSuite, type TestSuite } from '../../support/suite.ts';
import { openShop } from './shop.ts';
import { openSuitePostgres, prepareServer, type SuitePostgres } from './suite-postgres.ts';
import { createTill, type Till } from './till.ts';
import { openWitness } from './witness.ts';

/** A whole suite that sells: stocked, with customers, and with a till that measures. */
export interface Market extends AsyncDisposable {
  readonly suite: TestSuite;
  readonly till: Till;
  readonly postgres: SuitePostgres;
}

/** Starts a suite in a home of its own, which goes with it. `databases`: made on its server for whoever else is measured there. */
export async function openMarket(options: {
  readonly args?: readonly string[];
  readonly databases?: readonly string[];
  readonly signal: AbortSignal;
}): Promise<Market> {
  const { args = [], databases = [], signal } = options;
  await using stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'tradewind-bench-'));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const urls = await prepareServer(home, databases);
  const suite = stack.use(await startSuite({ home, args: ['--no-demo', ...args], readyTimeoutMs: 120_000 }));
  const postgres = stack.use(await openSuitePostgres(home, urls));
  signal.throwIfAborted();
  const shop = await openShop(suite);
  const witness = stack.use(await openWitness(postgres.place));
  const { counters } = postgres;
  const till = createTill({ suite, shop, witness, counters, foreignDatabases: [...urls.keys()], signal });
  const opened = stack.move();
  return { suite, till, postgres, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
