import { AppError, type Clock } from '../../core/index.ts';
import type { ServerPart } from './part.ts';

/** Does not start a call whose deadline has passed while it waited: nobody reads the answer. */
export function createDeadline(clock: Pick<Clock, 'monotonicMs'>): ServerPart {
  return {
    enter({ deadlineMs }) {
      if (deadlineMs !== undefined && deadlineMs <= clock.monotonicMs()) {
        throw deadlineExceeded('the deadline passed before the call was started');
      }
    },
  };
}

/** What a call ends with whose deadline has passed. */
export function deadlineExceeded(message = 'the deadline passed before the call was answered'): AppError {
  return new AppError({
    status: 'DEADLINE_EXCEEDED',
    reason: 'DEADLINE_EXCEEDED',
    message,
    domain: 'tradewind',
  });
}

/** What a call ends with whose caller has given it up, or has gone. */
export function cancelledByCaller(): AppError {
  return new AppError({
    status: 'CANCELLED',
    reason: 'CANCELLED',
    message: 'the caller cancelled the call',
    domain: 'tradewind',
  });
}
