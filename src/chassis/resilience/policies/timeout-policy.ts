import { AppError, abortError, createEmitter, type Clock } from '../../core/index.ts';
import { checkNumber } from '../check-number.ts';
import { SYSTEM } from '../system.ts';
import { begin, contextOf, type Policy, type PolicyEvents } from './policy.ts';

/**
 * Gives work so many milliseconds, or until its deadline where that is nearer: then rejects with AppError DEADLINE_EXCEEDED
 * and fires the work's signal with this error as the reason. Does not wait for work that does not listen. Throws RangeError
 * for a time that makes no sense.
 */
export function timeoutPolicy(
  timeoutMs: number,
  { clock }: { readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'> } = SYSTEM,
): Policy {
  checkNumber('timeoutMs', timeoutMs, { above: 0 });
  const events = createEmitter<PolicyEvents>();
  return {
    events,
    execute: (work, partial) =>
      new Promise((resolve, reject) => {
        const { signal, attempt, deadlineMs = Infinity } = contextOf(partial);
        if (signal?.aborted) return reject(abortError(signal));
        const nowMs = clock.monotonicMs();
        const leftMs = Math.min(timeoutMs, deadlineMs - nowMs);
        const ending = new AbortController();
        const leave = () => {
          timer.cancel();
          signal?.removeEventListener('abort', giveUp);
        };
        const giveUp = () => {
          leave();
          reject(abortError(signal));
          ending.abort(signal?.reason);
        };
        const expire = () => {
          leave();
          const error = timedOut(leftMs);
          events.emit('timedOut', { timeoutMs: leftMs });
          reject(error);
          ending.abort(error);
        };
        const timer = clock.setTimer(Math.max(0, leftMs), expire);
        signal?.addEventListener('abort', giveUp, { once: true });
        begin(work, { signal: ending.signal, attempt, deadlineMs: nowMs + leftMs })
          .then(resolve, reject)
          .finally(leave);
      }),
  };
}

function timedOut(timeoutMs: number): AppError {
  return new AppError({
    status: 'DEADLINE_EXCEEDED',
    reason: 'DEADLINE_EXCEEDED',
    message: `not done after ${Math.round(timeoutMs)} ms`,
  });
}
