import { abortError, type Clock } from '../../src/chassis/core/index.ts';

/** Time that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time on, firing what falls due on the way, in order. */
  advance(ms: number): void;
}

/** A clock at 0. */
export function createManualClock(): ManualClock {
  let now = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  const setTimer: Clock['setTimer'] = (ms, callback) => {
    const timer = { atMs: now + ms, callback };
    timers.push(timer);
    return { cancel: () => void (timers = timers.filter((other) => other !== timer)) };
  };
  return {
    now: () => now,
    monotonicMs: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(abortError(signal));
        const onAbort = () => {
          timer.cancel();
          reject(abortError(signal));
        };
        const timer = setTimer(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    setTimer,
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = timers.filter((timer) => timer.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        timers = timers.filter((timer) => timer !== due);
        now = due.atMs;
        due.callback();
      }
      now = end;
    },
  };
}
