import type { Clock } from '../../../src/chassis/core/index.ts';

/** Time that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time on, firing what falls due on the way, in order. */
  advance(ms: number): void;
}

/** A clock at 0. */
export function createManualClock(): ManualClock {
  let now = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  return {
    now: () => now,
    monotonicMs: () => now,
    sleep: () => Promise.reject(new Error('nothing under test sleeps')),
    setTimer(ms, callback) {
      const timer = { atMs: now + ms, callback };
      timers.push(timer);
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) };
    },
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
