import { Counter, Gauge } from 'prom-client';

import type { Clock } from '../core/index.ts';
import type { InProcessWork } from '../in-process/index.ts';
import { createDurations } from './durations.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Logs what queues did not do: dead letters as errors, what was left at the end as a warning, attempts that failed for now at debug. */
export function logInProcess(all: readonly InProcessWork[], logger: Logger): void {
  for (const { events } of all) {
    events.on('deadLettered', ({ error, ...task }) => logger.error({ ...task, err: error }, 'a task is given up'));
    events.on('retried', ({ error, ...task }) => logger.debug({ ...task, err: error }, 'a task is tried again'));
    events.on('drained', ({ queue, ended, left }) => {
      if (left.length === 0) return;
      // So many that a line stays one; the count is of all.
      logger.warn({ queue, ended, left: left.length, first: left.slice(0, 20) }, 'tasks were left at the end');
    });
  }
}

/** Counts tasks by how they ended, measures their waiting and their work, and shows how many there are. */
export function measureInProcess(
  all: readonly InProcessWork[],
  { registry }: Metrics,
  clock: Pick<Clock, 'now'>,
): void {
  const registers = [registry];
  const waits = createDurations({
    name: 'tradewind_task_wait_seconds',
    help: 'Time from when a task was brought to its last attempt.',
    labels: ['queue'],
    ...{ registry, clock },
  });
  const durations = createDurations({
    name: 'tradewind_task_duration_seconds',
    help: 'Time of the last attempt of a task, by how the task ended.',
    labels: ['queue', 'outcome'],
    ...{ registry, clock },
  });
  const labelNames = ['queue'] as const;
  const retries = new Counter({
    name: 'tradewind_task_retries_total',
    help: 'Attempts that failed and were followed by another.',
    ...{ labelNames, registers },
  });
  const refusals = new Counter({
    name: 'tradewind_task_refusals_total',
    help: 'Tasks that a full queue did not take.',
    ...{ labelNames, registers },
  });
  for (const { events } of all) {
    events.on('ended', ({ queue, outcome, attempts, waitedMs, durationMs }) => {
      waits.observe(waitedMs, [queue]);
      if (attempts > 0) durations.observe(durationMs, [queue, outcome]);
    });
    events.on('retried', ({ queue }) => retries.inc({ queue }));
    events.on('refused', ({ queue }) => refusals.inc({ queue }));
  }
  showTasks(all, registers);
}

/** Read when somebody looks. */
function showTasks(all: readonly InProcessWork[], registers: Metrics['registry'][]): void {
  new Gauge({
    name: 'tradewind_tasks',
    help: 'Tasks that are not over: running, queued, or arriving, which is waiting to be accepted.',
    labelNames: ['queue', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { queue, running, queued, arriving } of all.flatMap((work) => work.status())) {
        this.set({ queue, state: 'running' }, running);
        this.set({ queue, state: 'queued' }, queued);
        this.set({ queue, state: 'arriving' }, arriving);
      }
    },
  });
}
