import { abortError, isAbortError, type Clock } from '../../chassis/core/index.ts';
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

/** One question to the database for all who wait, instead of one each. */
export function createStockBell(options: { readonly database: Queryable; readonly clock: Clock }): StockBell {
  const { database, clock } = options;
  const waiting = new Map<() => void, bigint>();
  let rung = false;
  let wake = () => {};

  // Also when it comes while the database is being asked, whose answer may be too old.
  const ring = () => {
    rung = true;
    wake();
  };
  const pause = async (signal: AbortSignal) => {
    if (rung) return;
    const stop = new AbortController();
    wake = () => stop.abort();
    try {
      await clock.sleep(LOOK_MS, AbortSignal.any([signal, stop.signal]));
    } catch (error) {
      if (!isAbortError(error)) throw error;
    }
  };
  const look = async () => {
    const row = await database.one<{ readonly position: bigint }>(statements['newest-stock-change']);
    const newest = row?.position ?? 0n;
    for (const [resolve, position] of waiting) if (newest > position) resolve();
  };

  return {
    after(position, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(abortError(signal));
        const leave = () => {
          waiting.delete(arrive);
          signal.removeEventListener('abort', giveUp);
        };
        const arrive = () => {
          leave();
          resolve();
        };
        const giveUp = () => {
          leave();
          reject(abortError(signal));
        };
        waiting.set(arrive, position);
        signal.addEventListener('abort', giveUp, { once: true });
        ring();
      });
    },
    ring,
    async run(signal) {
      while (!signal.aborted) {
        rung = false;
        if (waiting.size > 0) {
          // Without the database nobody can be told; each watcher finds out for itself and tells its caller.
          await look().catch(() => [...waiting.keys()].forEach((resolve) => resolve()));
        }
        await pause(signal);
      }
    },
  };
}
