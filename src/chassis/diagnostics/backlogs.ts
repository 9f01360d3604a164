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

/** Counting takes no longer, in milliseconds. */
const MEASURE_TIMEOUT_MS = 1_500;

/** Counts the backlogs whenever somebody asks. */
export function backlogsRoute(backlogs: () => readonly Backlog[], clock: Clock): AdminRoute {
  return {
    verb: 'GET',
    path: '/backlogs',
    about: 'what waits to be done, how much, how long, and when that is too long',
    handle: async () => jsonAnswer(200, { backlogs: await Promise.all(backlogs().map((one) => statusOf(one, clock))) }),
  };
}

async function statusOf({ measure, ...backlog }: Backlog, clock: Clock): Promise<BacklogStatus> {
  const limit = new AbortController();
  const timer = clock.setTimer(MEASURE_TIMEOUT_MS, () => limit.abort(new Error('counting took too long')));
  try {
    return { ...backlog, kind: 'measured', ...(await raceAbort(measure(), limit.signal)) };
  } catch (error) {
    const reason: unknown = limit.signal.aborted ? limit.signal.reason : error;
    return { ...backlog, kind: 'unknown', error: reason instanceof Error ? reason.message : String(reason) };
  } finally {
    timer.cancel();
  }
}
