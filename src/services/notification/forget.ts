import type { Clock } from '../../chassis/core/index.ts';
import type { BackgroundTask } from '../../chassis/lifecycle/index.ts';
import { forgetCommands, type Database } from '../../chassis/store/index.ts';
import { statements } from './statements.ts';

const BETWEEN_MS = 60_000;
const BATCH = 1_000;
const DAY_MS = 24 * 60 * 60_000;

/** Lets go of messages that ended long ago, and of the records of the commands that sent them. */
export function forgetOld({
  database,
  clock,
  retentionDays,
}: {
  readonly database: Database;
  readonly clock: Clock;
  readonly retentionDays: number;
}): BackgroundTask {
  /** The floor rises with what goes, so that a watcher from below it is told. */
  const forgetBatch = () =>
    database.transaction(async (tx) => {
      const gone = await tx.rows<{ readonly position: bigint }>(statements['forget-notifications'], [
        retentionDays,
        BATCH,
      ]);
      const highest = gone.reduce((max, { position }) => (position > max ? position : max), 0n);
      await tx.execute(statements['raise-position-floor'], [highest]);
      return gone.length;
    });
  return {
    name: 'forget-old',
    async run(signal) {
      while (!signal.aborted) {
        const messages = await forgetBatch();
        const before = new Date(clock.now() - retentionDays * DAY_MS);
        const commands = await forgetCommands(database, { before, limit: BATCH });
        if (messages < BATCH && commands < BATCH) await clock.sleep(BETWEEN_MS, signal);
      }
    },
  };
}
