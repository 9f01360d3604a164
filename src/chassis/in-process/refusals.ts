import { AppError } from '../core/index.ts';

/** UNAVAILABLE, QUEUE_FULL: as much waits as may. Nobody has worked on the task. Status: as for a bulkhead, gRFC A32. */
export function queueFull(queue: string): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'QUEUE_FULL',
    message: `${queue}: as many tasks wait as may`,
    metadata: { queue },
    isRetried: true,
  });
}

/** UNAVAILABLE, QUEUE_CLOSED: the process ends, and the task was not begun, was cut off or is not tried again. */
export function queueClosed(queue: string): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'QUEUE_CLOSED',
    message: `${queue}: closed`,
    metadata: { queue },
  });
}

/** DEADLINE_EXCEEDED: the task's deadline came before its end, or an attempt took longer than one may. */
export function taskOverdue(queue: string, message = 'the deadline came before the end of the task'): AppError {
  return new AppError({ status: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED', message: `${queue}: ${message}` });
}
