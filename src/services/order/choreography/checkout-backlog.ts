import type { Backlog } from '../../../chassis/diagnostics/index.ts';
import type { Database } from '../../../chassis/store/index.ts';
import type { CheckoutStore } from './checkout-store.ts';

/** As for sagas: a checkout takes a second, in seconds. */
const UNDER_WAY_SECONDS = 120;

/** Checkouts that events carry on and that are not over. */
export function checkoutBacklog(checkouts: Pick<CheckoutStore, 'count'>, database: Database): Backlog {
  return {
    name: 'checkouts by events under way',
    warnAfterSeconds: UNDER_WAY_SECONDS,
    advice:
      'Look at /backlogs of those who take part: a step is parked there, or a consumer lags (docs/choreography.md).',
    measure: () => checkouts.count(database),
  };
}
