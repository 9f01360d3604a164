import { abortError, AppError, currentCall, type Clock } from '../core/index.ts';

/** What ends the work of one call: its deadline, its caller's leaving, a signal of ours. */
export interface CallLimits {
  /** Throws DEADLINE_EXCEEDED, the signal's own AppError, or an AbortError, once any limit is over. */
  throwIfOver(): void;
  /** Calls back when a limit is over, with what throwIfOver throws then; returns how to stop waiting. */
  onOver(callback: (error: Error) => void): () => void;
}

/** The limits of the call being served, and the signal beside it. */
export function currentLimits(clock: Clock, signal?: AbortSignal): CallLimits {
  const call = currentCall();
  const deadlineMs = call?.deadlineMs;
  const signals = [signal, call?.signal].filter((candidate) => candidate !== undefined);
  const throwIfOver = () => {
    if (deadlineMs !== undefined && clock.monotonicMs() >= deadlineMs) throw deadlineExceeded();
    const fired = signals.find((candidate) => candidate.aborted);
    if (fired !== undefined) throw errorOf(fired);
  };
  return {
    throwIfOver,
    onOver(callback) {
      // The call's signal fires at the deadline too; a timer is only needed where there is none.
      const timer =
        deadlineMs !== undefined && call?.signal === undefined
          ? clock.setTimer(Math.max(0, deadlineMs - clock.monotonicMs()), () => callback(deadlineExceeded()))
          : undefined;
      const onAbort = ({ target }: Event) => callback(errorOf(target as AbortSignal)); // only signals are listened to
      for (const candidate of signals) candidate.addEventListener('abort', onAbort, { once: true });
      return () => {
        timer?.cancel();
        for (const candidate of signals) candidate.removeEventListener('abort', onAbort);
      };
    },
  };
}

function errorOf(signal: AbortSignal): Error {
  return signal.reason instanceof AppError ? signal.reason : abortError(signal);
}

function deadlineExceeded(): AppError {
  return new AppError({
    status: 'DEADLINE_EXCEEDED',
    reason: 'DEADLINE_EXCEEDED',
    message: 'the deadline passed while the database worked',
  });
}
