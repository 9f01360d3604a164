import { setImmediate as turnOfTheEventLoop } from 'node:timers/promises';

import { backgroundCall, runInCall, systemClock, type Clock } from '../core/index.ts';
import { outsideOfTraces } from '../tracing/index.ts';
import { currentLimits } from './call-limits.ts';
import { traceBatch, traceWait, type TracedWait } from './batch-traces.ts';
import { isDatabaseAway } from './database-error.ts';

/** How the items of many callers are written together. */
export interface GroupCommitOptions<Item, Result> {
  /** Names the work for what it runs in: no caller's deadline, signal or identity holds for a batch. */
  readonly job: string;
  /** Writes all items in one commit and returns a result for each, in their order; or throws, and has written none. */
  run(items: readonly Item[]): Promise<readonly Result[]>;
  /** How many batches may be on their way at once; default 2. */
  readonly flushers?: number;
  /** A batch takes no more items; default 256. */
  readonly maxBatch?: number;
  /**
   * Where more items than this wait, the flushers that are free share them, so that the database is at one part while this process is at the
   * other: more commits, and neither waits for the other. Default: never, which is less work for both.
   */
  readonly shareAbove?: number;
  readonly clock?: Clock;
  /** Waits until what arrives together has arrived; default: until the event loop has gone round once. */
  readonly gather?: () => Promise<unknown>;
}

/** The defaults of GroupCommitOptions. */
export const GROUP_COMMIT_DEFAULTS = { flushers: 2, maxBatch: 256, shareAbove: Infinity } as const;

/** Writes the items of many callers in few commits. */
export interface GroupCommit<Item, Result> {
  /**
   * Resolves when the item is durable. The caller's own limits (currentCall(), and the signal beside it) end its waiting: an item that is
   * still in line is then never written, one that is on its way may be.
   *
   * @throws what `run` throws for this item alone; DEADLINE_EXCEEDED or an AbortError when the caller's limits are over.
   */
  submit(item: Item, options?: { readonly signal?: AbortSignal }): Promise<Result>;
}

interface Pending<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
  /** The caller's span of its waiting, where its trace is recorded. */
  readonly wait: TracedWait | undefined;
  /** The caller no longer waits. */
  left: boolean;
}

/**
 * While batches are being written, the items that arrive wait and then go together: an idle store adds no delay, a busy one few commits.
 * The items of a batch that fails are written again one by one, in turn with the batches that follow, so that a bad item fails only
 * itself; when the database is away, all of them fail at once.
 */
export function createGroupCommit<Item, Result>(options: GroupCommitOptions<Item, Result>): GroupCommit<Item, Result> {
  const { job, run, clock = systemClock, gather = turnOfTheEventLoop } = options;
  const { flushers, maxBatch, shareAbove } = { ...GROUP_COMMIT_DEFAULTS, ...options };
  const call = backgroundCall({ callId: '', job });
  const waiting: Pending<Item, Result>[] = [];
  let alone: Pending<Item, Result>[] = [];
  let flushing = 0;
  let writing = 0;

  async function flush(): Promise<void> {
    await gather();
    while (waiting.length + alone.length > 0) {
      await write(alone.splice(0, 1));
      await write(waiting.splice(0, nextBatch()));
    }
    flushing -= 1;
  }

  function nextBatch(): number {
    if (waiting.length <= shareAbove) return maxBatch;
    return Math.min(maxBatch, Math.ceil(waiting.length / (flushing - writing)));
  }

  async function write(taken: readonly Pending<Item, Result>[]): Promise<void> {
    const batch = taken.filter(({ left }) => !left);
    if (batch.length === 0) return;
    writing += 1;
    try {
      const results = await traceBatch(job, batch, () => run(batch.map(({ item }) => item)));
      if (results.length !== batch.length)
        throw new Error(`${job} gave ${results.length} results for ${batch.length} items`);
      batch.forEach(({ resolve }, index) => resolve(results[index]!)); // as many as there are items
    } catch (error) {
      // While it is away, one by one would only keep everybody waiting.
      if (batch.length > 1 && !isDatabaseAway(error)) alone = alone.concat(batch);
      else for (const { reject } of batch) reject(error);
    } finally {
      writing -= 1;
    }
  }

  function enqueue(pending: Pending<Item, Result>): void {
    waiting.push(pending);
    if (flushing === flushers) return;
    flushing += 1;
    void runInCall(call, outsideOfTraces, flush); // settles every item, and so never rejects
  }

  return {
    async submit(item, { signal } = {}) {
      const limits = currentLimits(clock, signal);
      limits.throwIfOver();
      const wait = traceWait(job);
      let stopWaiting = () => {};
      try {
        const result = await new Promise<Result>((resolve, reject) => {
          const pending = { item, resolve, reject, wait, left: false };
          stopWaiting = limits.onOver((error) => {
            pending.left = true;
            reject(error);
          });
          enqueue(pending);
        });
        wait?.end();
        return result;
      } catch (error) {
        wait?.end(error);
        throw error;
      } finally {
        stopWaiting();
      }
    },
  };
}
