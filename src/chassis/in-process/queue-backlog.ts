import type { Backlog } from '../diagnostics/index.ts';
import type { QueueStatus } from './in-process-work.ts';
import type { BacklogAdvice } from './task-queue-options.ts';

/** What waits in a queue, for who asks after a process. */
export function queueBacklog(advice: BacklogAdvice, status: () => QueueStatus): Backlog {
  return {
    name: status().queue,
    ...advice,
    async measure() {
      const { queued, arriving, oldestMs } = status();
      return { count: queued + arriving, oldestSeconds: oldestMs === undefined ? undefined : oldestMs / 1_000 };
    },
  };
}
