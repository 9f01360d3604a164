import { abortError } from './abort.ts';
import type { Clock } from './clock.ts';

/** Wakes loops of this process that wait for work which another part of it has just made. */
export interface Bell {
  /** How often it was rung: read it before looking for work, so that no ring meanwhile is missed. */
  readonly rings: number;
  ring(): void;
  /** Resolves when it was rung after `rings`, or after `timeoutMs`; rejects with an AbortError when the signal fires first. */
  after(rings: number, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<void>;
}

/** A bell that nobody waits at. Other processes are not heard: the time-out is for what they do. */
export function createBell(clock: Pick<Clock, 'setTimer'>): Bell {
  const waiting = new Set<() => void>();
  let rings = 0;
  return {
    get rings() {
      return rings;
    },
    ring() {
      rings += 1;
      for (const wake of [...waiting]) wake();
    },
    after(seen, { timeoutMs, signal }) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(abortError(signal));
        if (rings !== seen) return resolve();
        const leave = () => {
          timer.cancel();
          waiting.delete(wake);
          signal.removeEventListener('abort', giveUp);
        };
        const wake = () => {
          leave();
          resolve();
        };
        const giveUp = () => {
          leave();
          reject(abortError(signal));
        };
        const timer = clock.setTimer(timeoutMs, wake);
        waiting.add(wake);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
}
