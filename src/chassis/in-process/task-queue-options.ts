import type { BackoffOptions } from '../core/index.ts';
import { isHopeless } from '../events/index.ts';
import { checkNumber, type TokenBucketOptions } from '../resilience/index.ts';

/** When what failed is tried again. */
export interface TaskRetry extends BackoffOptions {
  /** Counts the first; 1: never again. */
  readonly maxAttempts: number;
  /** Whether another attempt may end otherwise. Default: as for consumers, unless the error says that the work itself is bad. */
  readonly shouldRetry: (error: unknown) => boolean;
}

/** What a queue that is full does with the next task: refuse it, or let who brings it wait. */
export type WhenFull = 'reject' | 'wait';

/** The limits of a queue. */
export interface TaskLimits {
  /** Under way at a time. Default 8. */
  readonly maxConcurrent: number;
  /**
   * Accepted and not under way: waiting for their turn, their time, or another attempt. A task that fails joins them even when they are
   * that many; nothing is accepted then until there are fewer than both limits together allow. Default 1,000.
   */
  readonly maxQueued: number;
  /** Default `reject`. */
  readonly whenFull: WhenFull;
  /** An attempt is told to stop after this time, in milliseconds. Default: never. */
  readonly attemptTimeoutMs: number | undefined;
  /** Attempts begun in a second. Default: as many as may. */
  readonly rate: TokenBucketOptions | undefined;
  /** How long closing waits for what was accepted, in milliseconds. Default 3,000. */
  readonly drainTimeoutMs: number;
}

/** When somebody should look at what waits. */
export interface BacklogAdvice {
  /** So long may the oldest be due and not done, in seconds. Default 60. */
  readonly warnAfterSeconds: number;
  /** What to do then, in one sentence. */
  readonly advice: string;
}

/** How a queue is made. */
export interface TaskQueueOptions extends Partial<TaskLimits> {
  /** Names it in errors, logs, metrics, spans and backlogs: "password work". */
  readonly name: string;
  /** Default: DEFAULT_TASK_RETRY. Give it more only for work that may happen twice. */
  readonly retry?: Partial<TaskRetry>;
  readonly backlog?: Partial<BacklogAdvice>;
}

/** The limits of a queue that is told none. */
export const DEFAULT_TASK_LIMITS: TaskLimits = {
  maxConcurrent: 8,
  maxQueued: 1_000,
  whenFull: 'reject',
  attemptTimeoutMs: undefined,
  rate: undefined,
  drainTimeoutMs: 3_000,
};

/** Nothing is tried again unless it is asked for; then with these waits. */
export const DEFAULT_TASK_RETRY: TaskRetry = {
  maxAttempts: 1,
  baseMs: 50,
  maxMs: 2_000,
  shouldRetry: (error) => !isHopeless(error),
};

/** The options of a queue, whole. */
export interface TaskQueueSettings extends TaskLimits {
  readonly name: string;
  readonly retry: TaskRetry;
  readonly backlog: BacklogAdvice;
}

/** Fills in the defaults. Throws RangeError, with the field's name, for options that make no sense. */
export function taskQueueSettings({ name, retry, backlog, ...limits }: TaskQueueOptions): TaskQueueSettings {
  const settings: TaskQueueSettings = {
    ...{ ...DEFAULT_TASK_LIMITS, ...limits },
    name,
    retry: { ...DEFAULT_TASK_RETRY, ...retry },
    backlog: {
      warnAfterSeconds: 60,
      advice: `What is done there takes long or fails: read why in the log, by queue="${name}".`,
      ...backlog,
    },
  };
  checkNumber('maxConcurrent', settings.maxConcurrent, { min: 1, whole: true });
  checkNumber('maxQueued', settings.maxQueued, { min: 0, whole: true });
  checkNumber('drainTimeoutMs', settings.drainTimeoutMs, { min: 0 });
  if (settings.attemptTimeoutMs !== undefined) checkNumber('attemptTimeoutMs', settings.attemptTimeoutMs, { above: 0 });
  checkNumber('retry.maxAttempts', settings.retry.maxAttempts, { min: 1, whole: true });
  checkNumber('retry.baseMs', settings.retry.baseMs, { min: 0 });
  checkNumber('retry.maxMs', settings.retry.maxMs, { min: settings.retry.baseMs });
  return settings;
}
