import { abortError, AppError, currentCall, type Clock } from '../core/index.ts';

/** What ends the work of one call: its deadline, its caller's leaving, a signal of ours. */
export interface CallLimits {
  /** Throws DEADLINE_EXCEEDED, the signal's own AppError, or an AbortError, once any limit is over. */
  throwIfOver(): void;
  /** Calls back once when the first limit is over; returns how to stop waiting. */
  onOver(callback: () => void): () => void;
}

/** The limits of the call being served, and the signal beside it. */
export function currentLimits(clock: Clock, signal?: AbortSignal): CallLimits {
  const call = currentCall();
  const deadlineMs = call?.deadlineMs;
  const signals = [signal, call?.signal].filter((candidate) => candidate !== undefined);
  const throwIfOver = () => {
    if (deadlineMs !== undefined && clock.monotonicMs() >= deadlineMs) throw deadlineExceeded();
    const fired = signals.find((candidate) => candidate.aborted);
    if (fired !== undefined) throw fired.reason instanceof AppError ? fired.reason : abortError(fired);
  };
  return {
    throwIfOver,
    onOver(callback) {
      // The call's signal fires at the deadline too; a timer is only needed where there is none.
      const timer =
        deadlineMs !== undefined && call?.signal === undefined
          ? clock.setTimer(Math.max(0, deadlineMs - clock.monotonicMs()), callback)
          : undefined;
      for (const candidate of signals) candidate.addEventListener('abort', callback, { once: true });
      return () => {
        timer?.cancel();
        for (const candidate of signals) candidate.removeEventListener('abort', callback);
      };
    },
  };
}

function deadlineExceeded(): AppError {
  return new AppError({
    status: 'DEADLINE_EXCEEDED',
    reason: 'DEADLINE_EXCEEDED',
    message: 'the deadline passed while the database worked',
  });
}
