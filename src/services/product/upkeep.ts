import type { Clock } from '../../chassis/core/index.ts';
import type { BackgroundTask } from '../../chassis/lifecycle/index.ts';
import { forgetCommands, type Database } from '../../chassis/store/index.ts';
import { expireDue } from './reservations.ts';
import { statements } from './statements.ts';
import type { StockBell } from './stock-bell.ts';

/** What upkeep works with. */
export interface UpkeepOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly bell: StockBell;
  /** Between two looks for reservations past their end. */
  readonly sweepMs: number;
  /** How long changes of stock can be watched from. */
  readonly retentionHours: number;
}

/** Small, so that the stock of a busy product is never locked for long. */
const SWEEP_BATCH = 20;

const TRIM_MS = 60_000;
const TRIM_BATCH = 5_000;

/** Longer than any saga and any caller repeats a command. */
const COMMAND_RETENTION_MS = 7 * 24 * 60 * 60_000;

/** Gives back the stock of reservations past their end. Replicas share the work: each skips what another has locked. */
export function sweepReservations({ database, clock, bell, sweepMs }: UpkeepOptions): BackgroundTask {
  return {
    name: 'sweep-reservations',
    async run(signal) {
      while (!signal.aborted) {
        const expired = await expireDue(database, { limit: SWEEP_BATCH });
        if (expired > 0) bell.ring();
        if (expired < SWEEP_BATCH) await clock.sleep(sweepMs, signal);
      }
    },
  };
}

/** Lets go of changes of stock and of command records that are older than anybody may ask for. */
export function trimHistory({ database, clock, retentionHours }: UpkeepOptions): BackgroundTask {
  return {
    name: 'trim-history',
    async run(signal) {
      while (!signal.aborted) {
        await database.execute(statements['raise-stock-change-floor'], [retentionHours]);
        const changes = await database.execute(statements['trim-stock-changes'], [TRIM_BATCH]);
        const before = new Date(clock.now() - COMMAND_RETENTION_MS);
        const commands = await forgetCommands(database, { before, limit: TRIM_BATCH });
        if (changes < TRIM_BATCH && commands < TRIM_BATCH) await clock.sleep(TRIM_MS, signal);
      }
    },
  };
}
