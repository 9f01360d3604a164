import { jsonAnswer, type AdminRoute } from '../admin/index.ts';
import { raceAbort, type Clock } from '../core/index.ts';

/** How much waits, and for how long. */
export interface Waiting {
  readonly count: number;
  /** Since the oldest came, in seconds; undefined: nothing waits, or nobody knows. */
  readonly oldestSeconds: number | undefined;
}

/** Work of a process that waits to be done: a queue, and when its length means something. */
export interface Backlog {
  /** "mail to send". */
  readonly name: string;
  /** So long may the oldest wait before somebody should look, in seconds; 0: nothing may wait at all. */
  readonly warnAfterSeconds: number;
  /** What to do then, in one sentence. */
  readonly advice: string;
  /** Counts now; bounded by the caller, so that a table that is locked holds nobody up. */
  measure(): Promise<Waiting>;
}

/** A backlog as the admin port tells it. */
export type BacklogStatus = Omit<Backlog, 'measure'> &
  (({ readonly kind: 'measured' } & Waiting) | { readonly kind: 'unknown'; readonly error: string });

/** Counting all of them takes no longer, in milliseconds. */
const MEASURE_TIMEOUT_MS = 1_500;
/** So many are counted at the same time: whoever asks must not take all of a pool's connections. */
const AT_ONCE = 4;

/** Counts the backlogs whenever somebody asks. */
export function backlogsRoute(backlogs: () => readonly Backlog[], clock: Clock): AdminRoute {
  return {
    verb: 'GET',
    path: '/backlogs',
    about: 'what waits to be done, how much, how long, and when that is too long',
    handle: async () => jsonAnswer(200, { backlogs: await statusesOf(backlogs(), clock) }),
  };
}

async function statusesOf(backlogs: readonly Backlog[], clock: Clock): Promise<readonly BacklogStatus[]> {
  const limit = new AbortController();
  const timer = clock.setTimer(MEASURE_TIMEOUT_MS, () => limit.abort(new Error('counting took too long')));
  const statuses: BacklogStatus[] = [];
  const waiting = backlogs.entries();
  const count = async () => {
    for (const [index, backlog] of waiting) statuses[index] = await statusOf(backlog, limit.signal);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, count));
  timer.cancel();
  return statuses;
}

async function statusOf({ measure, ...backlog }: Backlog, limit: AbortSignal): Promise<BacklogStatus> {
  try {
    limit.throwIfAborted();
    return { ...backlog, kind: 'measured', ...(await raceAbort(measure(), limit)) };
  } catch (error) {
    const reason: unknown = limit.aborted ? limit.reason : error;
    return { ...backlog, kind: 'unknown', error: reason instanceof Error ? reason.message : String(reason) };
  }
}
