import type { Clock } from '../../../chassis/core/index.ts';
import type { BackgroundTask } from '../../../chassis/lifecycle/index.ts';
import type { Database } from '../../../chassis/store/index.ts';
import { giveUp } from './checkout.ts';
import { moveOn, saveMoved, unmoved, type MovingOptions } from './move-checkouts.ts';

/** Between two looks, in milliseconds. */
const LOOK_MS = 1_000;
const LIMIT = 100;

const TOO_LATE = {
  status: 'DEADLINE_EXCEEDED',
  reason: 'CHECKOUT_TIMED_OUT',
  message: 'the checkout took too long',
} as const;

/** Gives up checkouts that have gathered for too long: without a saga, nobody else would notice that nothing happens. */
export function giveUpLate(
  options: MovingOptions & { readonly database: Database; readonly clock: Clock },
): BackgroundTask {
  const { database, clock, checkouts } = options;

  const look = () =>
    database.transaction(async (tx) => {
      const late = await checkouts.late(tx, LIMIT);
      const locked = await checkouts.lock(tx, late);
      const moved = [...locked.values()].flatMap((checkout) => {
        const turn = giveUp(checkout, { failure: TOO_LATE, time: new Date(clock.now()) });
        return turn === undefined ? [] : [moveOn(unmoved(checkout), turn)];
      });
      if (moved.length > 0) await saveMoved(tx, moved, options);
      return moved.length;
    });

  return {
    name: 'late-checkouts',
    async run(signal) {
      while (!signal.aborted) {
        if ((await look()) < LIMIT) await clock.sleep(LOOK_MS, signal);
      }
    },
  };
}
