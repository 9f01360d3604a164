import type { Priority } from '../core/index.ts';
import type { HandlerContext } from '../events/index.ts';

/**
 * Work that ends. It is told its attempt and a signal, as a handler of events is, and should stop when that fires: its place is free once
 * it has. What it throws is tried again where the queue's retries say so; then it is over.
 */
export type Task<Result> = (context: HandlerContext) => Promise<Result>;

/** What one task is, beside its work. */
export interface TaskOptions {
  /** Tasks of one key are done one after the other, in the order in which they are due, retries included. Default: in no order. */
  readonly key?: string | undefined;
  /** The most important begin first; while they keep coming, the others wait. Default `normal`. */
  readonly priority?: Priority | undefined;
  /** It is due after this time, in milliseconds, at most 24 days. Default: at once. */
  readonly delayMs?: number | undefined;
  /** Over at this instant of the monotonic clock, done or not. Default: never. */
  readonly deadlineMs?: number | undefined;
  /**
   * Names what it does: while a task of the same name has not begun, another is not taken but stands for that one, and is given its
   * result. So what goes by one name must give one kind of result.
   */
  readonly once?: string | undefined;
  /** What it does, for spans, logs and dead letters: few values. Default: the queue's name. */
  readonly label?: string | undefined;
}

/** A task that somebody waits for. */
export interface SubmitOptions extends TaskOptions {
  /** Fires when the result is not waited for any more: a task that nobody waits for does not begin, or is told to stop. */
  readonly signal?: AbortSignal | undefined;
}

/** A task that nobody waits for. */
export interface PostOptions extends TaskOptions {
  /** Ends the wait for room. */
  readonly signal?: AbortSignal | undefined;
  /** Told, once, when the task will not be done any more. Must not throw. */
  readonly onDeadLetter?: ((letter: DeadTask) => void) | undefined;
}

/** A task that was accepted and will not be done. */
export interface DeadTask {
  readonly queue: string;
  readonly label: string;
  readonly key: string | undefined;
  /** How often it was tried; 0: it had not begun. */
  readonly attempts: number;
  readonly error: unknown;
}
