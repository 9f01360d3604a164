import type { DeadTask } from './task.ts';

/** How a task ended. */
export type TaskOutcome =
  | 'done'
  /** Its last attempt failed, it was refused for good, or its deadline came. */
  | 'failed'
  /** Nobody waited for it any more. */
  | 'abandoned'
  /** The queue was closed first. */
  | 'left';

/** What a queue tells of its work; telemetry turns it into logs and metrics. */
export interface WorkEvents {
  /** Times in milliseconds: from when it was brought to its last attempt, and of that attempt; 0 where there was none. */
  readonly ended: {
    readonly queue: string;
    readonly label: string;
    readonly outcome: TaskOutcome;
    readonly attempts: number;
    readonly waitedMs: number;
    readonly durationMs: number;
  };
  /** Another attempt follows after the wait. */
  readonly retried: {
    readonly queue: string;
    readonly label: string;
    readonly key: string | undefined;
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: unknown;
  };
  /** It failed for good, and nobody waits for it who would be told. */
  readonly deadLettered: DeadTask;
  /** The queue was full, and did not take a task. */
  readonly refused: { readonly queue: string; readonly label: string };
  /** The queue is closed. */
  readonly drained: { readonly queue: string } & DrainReport;
}

/** What came of what a queue still had when it was closed. */
export interface DrainReport {
  /** Ended in time, well or not. */
  readonly ended: number;
  /** Not done, and lost with the process. */
  readonly left: readonly LeftTask[];
}

/** A task that the end of its queue came too early for. */
export interface LeftTask {
  readonly label: string;
  readonly key: string | undefined;
  readonly attempts: number;
  /** It was told to stop in the middle of an attempt, and may have had its effect. */
  readonly wasRunning: boolean;
}
