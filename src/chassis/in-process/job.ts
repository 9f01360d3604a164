import type { Priority, Timer } from '../core/index.ts';
import type { DeadTask, Task } from './task.ts';
import type { Origin } from './origin.ts';

/** Where a task of a queue stands. */
export type JobStage =
  /** Not accepted: the queue is full. `accept` lets who brought it go on. */
  | { readonly kind: 'arriving'; readonly answer: ((refusal?: unknown) => void) | undefined }
  /** Not due. */
  | { readonly kind: 'delayed'; readonly dueMs: number; readonly timer: Timer }
  /** Waits for its turn, since it was due. */
  | { readonly kind: 'waiting'; readonly dueMs: number }
  | { readonly kind: 'running'; readonly sinceMs: number; readonly stopping: AbortController }
  /** Waits for another attempt, and keeps others of its key from theirs. */
  | { readonly kind: 'resting'; readonly dueMs: number; readonly timer: Timer }
  /** Over for everybody who waited, and its work was told to stop; it has its place until it has. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'over' };

/** How one attempt ended. */
export type AttemptOutcome =
  { readonly kind: 'done'; readonly value: unknown } | { readonly kind: 'failed'; readonly error: unknown };

/** How a task ended, for who waits for it. */
export type JobOutcome =
  AttemptOutcome | { readonly kind: 'abandoned' } | { readonly kind: 'left'; readonly error: unknown };

/** Somebody who is to be told how a task ended. */
export interface Listener {
  settle(outcome: JobOutcome): void;
}

/** A task of a queue. */
export interface Job {
  readonly run: Task<unknown>;
  readonly label: string;
  readonly key: string | undefined;
  readonly priority: Priority;
  readonly once: string | undefined;
  readonly delayMs: number;
  readonly deadlineMs: number | undefined;
  readonly origin: Origin;
  readonly broughtMs: number;
  readonly listeners: Set<Listener>;
  /** Somebody posted it: it is done even if nobody waits. */
  isPosted: boolean;
  attempts: number;
  stage: JobStage;
  deadline: Timer | undefined;
}

/** The task as a dead letter. */
export function deadTask(queue: string, { label, key, attempts }: Job, error: unknown): DeadTask {
  return { queue, label, key, attempts, error };
}
