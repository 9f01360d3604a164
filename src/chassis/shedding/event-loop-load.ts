import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** How busy a process was since it was last asked. */
export interface Load {
  /** The part of the time, from 0 to 1, in which the event loop did not wait for something to do. */
  readonly utilisation: number;
  /** How late timers were, in milliseconds, on average; 0 where no turn of the loop has ended. */
  readonly delayMs: number;
}

/** Tells the load; owned by who made it. */
export interface LoadSampler {
  sample(): Load;
  /** Idempotent. */
  close(): void;
}

const RESOLUTION_MS = 10;

/** Of this thread's event loop. Its timer is the loop's own and runs no JavaScript. Keeps no process alive. */
export function createEventLoopLoad(): LoadSampler {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let before = performance.eventLoopUtilization();
  return {
    sample() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      const delayMs = delays.count === 0 ? 0 : Math.max(0, delays.mean / 1e6 - RESOLUTION_MS);
      delays.reset();
      return { utilisation: utilization, delayMs };
    },
    close: () => void delays.disable(),
  };
}
