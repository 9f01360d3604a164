import {
  abortError,
  createDeferred,
  createEmitter,
  raceAbort,
  systemClock,
  systemRandom,
  throwIfAborted,
  type Clock,
  type Emitter,
  type Random,
} from '../core/index.ts';
import { checkNumber } from '../resilience/index.ts';
import { drain } from './drain.ts';
import type { InProcessWork, QueueStatus } from './in-process-work.ts';
import { deadTask, type Job, type Listener } from './job.ts';
import { currentOrigin } from './origin.ts';
import { queueBacklog } from './queue-backlog.ts';
import { createScheduler } from './scheduler.ts';
import type { PostOptions, SubmitOptions, Task, TaskOptions } from './task.ts';
import { taskQueueSettings, type TaskQueueOptions } from './task-queue-options.ts';
import type { DrainReport, WorkEvents } from './work-events.ts';

/**
 * Work of one process, in memory: what it holds is lost with the process. What must not be lost is written to the outbox in the
 * transaction of its cause, and done by a consumer.
 */
export interface TaskQueue extends InProcessWork {
  /**
   * Does a task and gives its result. Rejects with what its last attempt threw; with AppError QUEUE_FULL or QUEUE_CLOSED where it was not
   * taken or not done, DEADLINE_EXCEEDED at its deadline; with an AbortError when the signal fires first; with RangeError for a delay that makes no sense.
   */
  submit<Result>(run: Task<Result>, options?: SubmitOptions): Promise<Result>;
  /**
   * Has a task done, and resolves when it is accepted: where the queue is full and `whenFull` is `wait`, that holds back who brings more
   * than can be done. Rejects as `submit` does, for what was not accepted; what fails later is a dead letter.
   */
  post(run: Task<unknown>, options?: PostOptions): Promise<void>;
  /** Resolves when a task would be accepted at once; rejects with an AbortError when the signal fires first. */
  room(signal?: AbortSignal): Promise<void>;
  /** How many tasks, without a key of their own, would be accepted now. */
  readonly places: number;
}

/** Where a queue gets time and chance from, and, for the queues of a bus, whom it tells. */
export interface TaskQueueParts {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly events?: Emitter<WorkEvents>;
}

/** An empty queue. Throws RangeError, with the field's name, for options that make no sense. Closed by who made it. */
export function createTaskQueue(options: TaskQueueOptions, parts: TaskQueueParts = {}): TaskQueue {
  const { clock = systemClock, random = systemRandom, events = createEmitter<WorkEvents>() } = parts;
  const settings = taskQueueSettings(options);
  const { name, maxConcurrent, maxQueued } = settings;
  const scheduler = createScheduler(settings, { clock, random, events });
  let closing: Promise<DrainReport> | undefined;

  const newJob = (run: Task<unknown>, { key, priority, delayMs, deadlineMs, once, label }: TaskOptions): Job => ({
    ...{ run, key, once, deadlineMs, label: label ?? name },
    priority: priority ?? 'normal',
    delayMs: checkedDelay(delayMs),
    origin: currentOrigin(),
    broughtMs: clock.monotonicMs(),
    listeners: new Set(),
    isPosted: false,
    attempts: 0,
    stage: { kind: 'arriving', answer: undefined },
    deadline: undefined,
  });
  const sameAs = ({ once }: TaskOptions) => (once === undefined ? undefined : scheduler.named(once));

  /** Whoever is the last to leave a task that nobody posted ends it. */
  const leave = (job: Job, listener: Listener) => {
    job.listeners.delete(listener);
    if (job.listeners.size === 0 && !job.isPosted) scheduler.giveUp(job, { kind: 'abandoned' });
  };

  const status = (): QueueStatus => {
    const { running, arriving, jobs } = scheduler;
    const dueMs = oldestDueMs(jobs);
    return {
      ...{ queue: name, running, queued: jobs.size - running, arriving, maxConcurrent, maxQueued },
      oldestMs: dueMs === undefined ? undefined : Math.max(0, clock.monotonicMs() - dueMs),
    };
  };

  async function drainAndTell({ timeoutMs = settings.drainTimeoutMs }: { readonly timeoutMs?: number } = {}) {
    const report = await drain(scheduler, { queue: name, timeoutMs, clock });
    events.emit('drained', { queue: name, ...report });
    return report;
  }
  const close: TaskQueue['close'] = (closeOptions) => (closing ??= drainAndTell(closeOptions));

  return {
    events,
    submit<Result>(run: Task<Result>, submitOptions: SubmitOptions = {}) {
      return new Promise<Result>((resolve, reject) => {
        const { signal } = submitOptions;
        throwIfAborted(signal);
        const same = sameAs(submitOptions);
        const job = same ?? newJob(run, submitOptions);
        const onAbort = () => {
          leave(job, listener);
          reject(abortError(signal));
        };
        const listener: Listener = {
          settle(outcome) {
            signal?.removeEventListener('abort', onAbort);
            if (outcome.kind === 'done')
              resolve(outcome.value as Result); // tasks of one name give one kind of result
            else reject('error' in outcome ? outcome.error : abortError());
          },
        };
        job.listeners.add(listener);
        if (same === undefined) scheduler.bring(job);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    async post(run, postOptions = {}) {
      const { signal, onDeadLetter } = postOptions;
      throwIfAborted(signal);
      const same = sameAs(postOptions);
      const job = same ?? newJob(run, postOptions);
      const listener: Listener = {
        settle(outcome) {
          if (same === undefined && job.stage.kind === 'arriving') return; // who posts it is told at once
          if (outcome.kind === 'failed' || outcome.kind === 'left') onDeadLetter?.(deadTask(name, job, outcome.error));
        },
      };
      job.listeners.add(listener);
      job.isPosted = true;
      if (same !== undefined) return;
      const accepted = createDeferred();
      job.stage = {
        kind: 'arriving',
        answer: (refusal) => (refusal === undefined ? accepted.resolve() : accepted.reject(refusal)),
      };
      scheduler.bring(job);
      if (scheduler.jobs.has(job)) return;
      const onAbort = () => scheduler.giveUp(job, { kind: 'left', error: abortError(signal) });
      signal?.addEventListener('abort', onAbort, { once: true });
      await accepted.promise.finally(() => signal?.removeEventListener('abort', onAbort));
    },
    room: (signal) => raceAbort(scheduler.room(), signal),
    get places() {
      return scheduler.places;
    },
    status: () => [status()],
    backlogs: () => [queueBacklog(settings.backlog, status)],
    close,
    async [Symbol.asyncDispose]() {
      await close();
    },
  };
}

/** Timers go no further; what is due in weeks is nothing for a queue in memory. */
const MAX_DELAY_MS = 2 ** 31 - 1;

function checkedDelay(delayMs = 0): number {
  checkNumber('delayMs', delayMs, { min: 0, max: MAX_DELAY_MS });
  return delayMs;
}

/** Since when the first of those accepted that is due has been. */
function oldestDueMs(jobs: ReadonlySet<Job>): number | undefined {
  for (const { stage } of jobs) if (stage.kind === 'waiting') return stage.dueMs;
  return undefined;
}
