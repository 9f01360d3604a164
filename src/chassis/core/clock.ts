import { abortError } from './abort.ts';

/** Where time comes from. Code outside chassis/core never asks the system itself, so that tests can own time. */
export interface Clock {
  /** Wall time in milliseconds since the epoch: for what people and other machines read. May jump. */
  now(): number;
  /** Milliseconds that only ever grow, from an arbitrary origin: for durations, timers and deadlines. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with an AbortError when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms`. The timer keeps no process alive. */
  setTimer(ms: number, callback: () => void): Timer;
}

/** A pending callback. */
export interface Timer {
  /** Harmless when it fired already. */
  cancel(): void;
}

/** setTimeout fires at once for longer delays. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortError(signal));
      const onAbort = () => {
        clearTimeout(timer);
        reject(abortError(signal));
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(ms, MAX_TIMER_MS),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
  setTimer(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
