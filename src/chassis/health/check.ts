import { raceAbort, type Clock } from '../core/index.ts';
import type { Finding } from './component.ts';

/** Looks at one component: resolves with what it finds, nothing is healthy; a rejection is unhealthy, and says why. */
export type Check = (signal: AbortSignal) => Promise<Finding | void>;

/** A check that takes longer, in milliseconds, has found the component unhealthy. */
export const CHECK_TIMEOUT_MS = 1_000;

/** Runs a check for a bounded time. Never rejects. */
export async function look(check: Check, clock: Clock): Promise<Finding> {
  const limit = new AbortController();
  const timer = clock.setTimer(CHECK_TIMEOUT_MS, () =>
    limit.abort(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)),
  );
  try {
    return (await raceAbort(check(limit.signal), limit.signal)) ?? { status: 'healthy' };
  } catch (error) {
    const reason: unknown = limit.signal.aborted ? limit.signal.reason : error;
    return { status: 'unhealthy', why: reason instanceof Error ? reason.message : String(reason) };
  } finally {
    timer.cancel();
  }
}
