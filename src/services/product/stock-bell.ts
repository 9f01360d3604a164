import { createBell, createDeferred, raceAbort, type Clock } from '../../chassis/core/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import { statements } from './statements.ts';

/** Wakes those who wait for stock to change, whichever replica changed it. */
export interface StockBell {
  /** Resolves when there may be a change after the position; rejects with an AbortError when the signal fires first. */
  after(position: bigint, signal: AbortSignal): Promise<void>;
  /** This process has just changed stock: look at once. */
  ring(): void;
  /** Looks for what others changed while somebody waits. Ends with the signal. */
  run(signal: AbortSignal): Promise<void>;
}

/** How often the database is asked whether another replica changed stock, while somebody waits. */
const LOOK_MS = 100;
/** Nobody waits: until somebody comes. */
const LONG_MS = 3_600_000;

/** One question to the database for all who wait, instead of one each. */
export function createStockBell(options: {
  readonly database: Queryable;
  readonly clock: Pick<Clock, 'setTimer'>;
}): StockBell {
  const { database, clock } = options;
  const bell = createBell(clock);
  const waiting = new Map<() => void, bigint>();

  const look = async () => {
    const row = await database.one<{ readonly position: bigint }>(statements['newest-stock-change']);
    const newest = row?.position ?? 0n;
    for (const [resolve, position] of waiting) if (newest > position) resolve();
  };

  return {
    async after(position, signal) {
      const { promise, resolve } = createDeferred();
      waiting.set(resolve, position);
      bell.ring();
      try {
        await raceAbort(promise, signal);
      } finally {
        waiting.delete(resolve);
      }
    },
    ring: () => bell.ring(),
    async run(signal) {
      while (!signal.aborted) {
        const { rings } = bell; // before the look: who comes, or what changes, while the database is being asked is looked for again
        // Without the database nobody can be told; each watcher finds out for itself and tells its caller.
        if (waiting.size > 0) await look().catch(() => [...waiting.keys()].forEach((resolve) => resolve()));
        await bell.after(rings, { timeoutMs: waiting.size > 0 ? LOOK_MS : LONG_MS, signal });
      }
    },
  };
}
