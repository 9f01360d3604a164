import type { Clock } from '../../chassis/core/index.ts';
import type { BackgroundTask } from '../../chassis/lifecycle/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import { QUALIFYING_MS } from './domain.ts';
import { purchases } from './purchase-repository.ts';

const BETWEEN_MS = 10 * 60_000;
const BATCH = 1_000;

/** Lets go of what no longer counts for any tier. */
export function forgetPurchases({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Clock;
}): BackgroundTask {
  return {
    name: 'forget-purchases',
    async run(signal) {
      while (!signal.aborted) {
        const before = new Date(clock.now() - QUALIFYING_MS);
        const gone = await purchases.forget(database, { before, limit: BATCH });
        if (gone < BATCH) await clock.sleep(BETWEEN_MS, signal);
      }
    },
  };
}
