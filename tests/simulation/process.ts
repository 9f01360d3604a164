import { abortError, type Clock } from '../../src/chassis/core/index.ts';
import type { Chance } from './chance.ts';
import type { Schedule } from './schedule.ts';

/** How a process's clock runs, compared with the world's. */
export interface ClockFault {
  /** Local milliseconds for each of the world's: 1 is right. */
  readonly rate: number;
  /** How far its wall clock is off. */
  readonly wallOffsetMs: number;
}

/** A freeze: nothing of the process runs. */
export interface Freeze {
  readonly ms: number;
  /** True: its clock stands still too, as when a machine is suspended; false: it goes on, as with SIGSTOP. */
  readonly stopsClock: boolean;
}

/** One life of a process: from its start until it dies or ends. Whatever reaches it comes through `deliver`. */
export interface Life {
  readonly name: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly state: 'up' | 'frozen' | 'dead';
  /** Runs code of the process now, after it thaws, or never. */
  deliver(run: () => void): void;
  freeze(freeze: Freeze): void;
  die(): void;
}

/** Begins a life. */
export function createLife(
  schedule: Schedule,
  options: { readonly name: string; readonly chance: Chance; readonly clock: ClockFault },
): Life {
  const { name, chance } = options;
  const { rate, wallOffsetMs } = options.clock;
  let state: Life['state'] = 'up';
  let waiting: (() => void)[] = [];
  /** Local time stood still for so long. */
  let lostMs = 0;
  let stoppedAtMs: number | undefined;

  const localMs = () => ((stoppedAtMs ?? schedule.nowMs) - lostMs) * rate;

  function deliver(run: () => void): void {
    if (state === 'dead') return;
    if (state === 'frozen') return void waiting.push(run);
    schedule.touch();
    run();
  }

  const setTimer: Clock['setTimer'] = (ms, callback) => {
    const dueMs = localMs() + Math.max(0, ms);
    let over = false;
    const fire = () => {
      if (over) return;
      // The clock may have stood still meanwhile.
      const leftMs = dueMs - localMs();
      if (leftMs > 1e-6) return schedule.after(leftMs / rate, () => deliver(fire));
      over = true;
      callback();
    };
    schedule.after(Math.max(0, ms) / rate, () => (over ? undefined : deliver(fire)));
    return { cancel: () => void (over = true) };
  };

  return {
    name,
    chance,
    get state() {
      return state;
    },
    deliver,
    clock: {
      now: () => schedule.nowMs + wallOffsetMs,
      monotonicMs: localMs,
      setTimer,
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
    },
    freeze({ ms, stopsClock }) {
      if (state !== 'up') return;
      state = 'frozen';
      if (stopsClock) stoppedAtMs = schedule.nowMs;
      schedule.after(ms, () => {
        if (state !== 'frozen') return;
        state = 'up';
        if (stoppedAtMs !== undefined) lostMs += schedule.nowMs - stoppedAtMs;
        stoppedAtMs = undefined;
        // What piled up comes in any order: timers, answers.
        for (const run of waiting.splice(0)) schedule.after(chance.between(0, 1), () => deliver(run));
      });
    },
    die() {
      state = 'dead';
      waiting = [];
    },
  };
}
