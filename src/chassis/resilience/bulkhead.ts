import { abortError, type Clock, type Timer } from '../core/index.ts';
import { checkNumber } from './check-number.ts';
import { SYSTEM } from './system.ts';
import { bulkheadFull } from './rejections.ts';

/** How much room there is. */
export interface BulkheadOptions {
  /** Inside at the same time. */
  readonly maxConcurrent: number;
  /** Waiting for a place; 0: nobody waits. */
  readonly maxQueued: number;
}

/** Room for what one callee is asked at a time, and a queue half a second deep at 10 ms a call. */
export const DEFAULT_BULKHEAD: BulkheadOptions = { maxConcurrent: 64, maxQueued: 256 };

/** Until when somebody waits. */
export interface BulkheadWait {
  /** On the monotonic clock: refused at this instant when no place came free, and at once when it has passed. */
  readonly deadlineMs?: number | undefined;
  /** Leaves the queue when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/** Where a bulkhead stands, for gauges. */
export interface BulkheadStatus extends BulkheadOptions {
  readonly subject: string;
  readonly inside: number;
  readonly queued: number;
  /** Refused since it was made. */
  readonly rejections: number;
}

/**
 * Bounds how many are at something at the same time, so that one slow callee cannot take all of a process. Who waits is
 * served in the order of arrival, and nobody overtakes. Whoever was let in leaves, exactly once.
 */
export interface Bulkhead {
  /** What it guards, in errors. */
  readonly subject: string;
  readonly status: BulkheadStatus;
  /** Takes a place if one is free and nobody waits for it. Allocates nothing. */
  tryEnter(): boolean;
  /**
   * Takes a place, or waits for one. Rejects with AppError BULKHEAD_FULL when the queue is full or the deadline passes first,
   * with an AbortError when the signal fires first.
   */
  enter(wait?: BulkheadWait): Promise<void>;
  /** Gives the place to who has waited longest. Throws an Error when nobody is inside: a defect of the caller. */
  leave(): void;
  /** New bounds from here on. Who is inside or waits stays, even where the new bounds have no room for them. */
  resize(options: BulkheadOptions): void;
}

interface Waiting {
  admit(): void;
}

/**
 * An empty bulkhead. `subject` is what it guards, in errors: "the payment provider". Throws RangeError, with the field's
 * name, for bounds that make no sense.
 */
export function createBulkhead(
  subject: string,
  options: BulkheadOptions,
  { clock }: { readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'> } = SYSTEM,
): Bulkhead {
  let { maxConcurrent, maxQueued } = checked(options);
  const queue = new Set<Waiting>(); // keeps the order of arrival, and lets anybody leave from the middle
  let inside = 0;
  let rejections = 0;

  const refuse = (message: string) => {
    rejections += 1;
    return bulkheadFull(subject, message);
  };
  const admitWaiting = () => {
    for (const first of queue) {
      if (inside >= maxConcurrent) return;
      inside += 1;
      first.admit();
    }
  };
  const join = ({ deadlineMs, signal }: BulkheadWait) =>
    new Promise<void>((resolve, reject) => {
      const leaveQueue = () => {
        queue.delete(waiting);
        timer?.cancel();
        signal?.removeEventListener('abort', giveUp);
      };
      const waiting: Waiting = {
        admit() {
          leaveQueue();
          resolve();
        },
      };
      const giveUp = () => {
        leaveQueue();
        reject(abortError(signal));
      };
      const expire = () => {
        leaveQueue();
        reject(refuse('no place came free before the deadline'));
      };
      const timer: Timer | undefined =
        deadlineMs === undefined ? undefined : clock.setTimer(deadlineMs - clock.monotonicMs(), expire);
      signal?.addEventListener('abort', giveUp, { once: true });
      queue.add(waiting);
    });

  const tryEnter = () => {
    if (inside >= maxConcurrent) return false; // a place that comes free goes to who waits: while one is free, nobody does
    inside += 1;
    return true;
  };
  return {
    subject,
    get status() {
      return { subject, inside, queued: queue.size, maxConcurrent, maxQueued, rejections };
    },
    tryEnter,
    async enter(wait = {}) {
      if (wait.signal?.aborted) throw abortError(wait.signal);
      if (tryEnter()) return;
      if (queue.size >= maxQueued) throw refuse('all places are taken and the queue is full');
      if (wait.deadlineMs !== undefined && wait.deadlineMs <= clock.monotonicMs())
        throw refuse('the deadline has passed');
      await join(wait);
    },
    leave() {
      if (inside === 0) throw new Error(`bulkhead of ${subject}: left by nobody`);
      inside -= 1;
      admitWaiting();
    },
    resize(next) {
      ({ maxConcurrent, maxQueued } = checked(next));
      admitWaiting();
    },
  };
}

function checked(options: BulkheadOptions): BulkheadOptions {
  checkNumber('maxConcurrent', options.maxConcurrent, { min: 1, whole: true });
  checkNumber('maxQueued', options.maxQueued, { min: 0, whole: true });
  return options;
}
