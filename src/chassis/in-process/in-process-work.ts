import type { Events } from '../core/index.ts';
import type { Backlog } from '../diagnostics/index.ts';
import type { DrainReport, WorkEvents } from './work-events.ts';

/** Where a queue stands. */
export interface QueueStatus {
  readonly queue: string;
  /** Under way. */
  readonly running: number;
  /** Accepted and not under way. */
  readonly queued: number;
  /** Waiting to be accepted. */
  readonly arriving: number;
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  /** For how long the oldest that is not under way has been due, in milliseconds; undefined: none is. */
  readonly oldestMs: number | undefined;
}

/** Work that lives and ends with the process: a task queue, or a bus with a queue for each subscriber. */
export interface InProcessWork extends AsyncDisposable {
  readonly events: Events<WorkEvents>;
  status(): readonly QueueStatus[];
  /** For the admin port and `tradewind doctor`. */
  backlogs(): readonly Backlog[];
  /**
   * Takes nothing more, and waits for what was accepted up to `timeoutMs` (default: the queue's own); the rest is told to stop, is a dead
   * letter, and is reported. What is due later than that is not waited for at all. Idempotent: a second call is given the first one's report.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<DrainReport>;
}
