import { backoffMs, isAbortError, type Clock, type Random } from '../core/index.ts';
import type { Check, Part } from '../health/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { BackgroundTask } from './service-definition.ts';

/** Waits between the runs of a task that fails. */
const RESTART_BACKOFF = { baseMs: 200, maxMs: 10_000 };

/** A task that has run for so long was well: its next failure counts as the first, in milliseconds. */
const WELL_AFTER_MS = 60_000;

/** Tasks that are kept running. */
export interface Background {
  /** The component `background`: degraded while any task waits to be run again. Calls are served without it. */
  readonly check: Check;
  /** Tells every task to end; resolves when they have. Idempotent. */
  stop(): Promise<void>;
}

/** Starts the tasks and starts again those that throw. */
export function startBackground(
  tasks: readonly BackgroundTask[],
  { clock, random, logger }: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
): Background {
  const stopping = new AbortController();
  const failing = new Map<string, unknown>();

  async function keepRunning(task: BackgroundTask): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const startedAtMs = clock.monotonicMs();
      try {
        await task.run(stopping.signal);
        return;
      } catch (error) {
        if (stopping.signal.aborted && isAbortError(error)) return;
        failures = clock.monotonicMs() - startedAtMs >= WELL_AFTER_MS ? 1 : failures + 1;
        const delayMs = backoffMs(failures, RESTART_BACKOFF, random);
        failing.set(task.name, error);
        logger.error({ err: error, task: task.name, failures, delayMs }, 'a background task failed; it is run again');
        await clock.sleep(delayMs, stopping.signal).catch(() => undefined); // stopping: the loop ends
        failing.delete(task.name);
      }
    }
  }

  const running = tasks.map(keepRunning);
  return {
    async check() {
      const parts = tasks.map(({ name }): Part => {
        if (!failing.has(name)) return { name, status: 'healthy' };
        return { name, status: 'degraded', why: messageOf(failing.get(name)) };
      });
      const failed = parts.filter(({ status }) => status !== 'healthy');
      if (failed.length === 0) return { status: 'healthy', parts };
      return { status: 'degraded', why: failed.map(({ name, why }) => `${name}: ${why ?? ''}`).join('; '), parts };
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
