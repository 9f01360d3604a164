import { keepAlive, type Clock } from '../core/index.ts';
import type { Job } from './job.ts';
import { queueClosed } from './refusals.ts';
import type { Scheduler } from './scheduler.ts';
import type { DrainReport, LeftTask } from './work-events.ts';

/** Closes a queue's scheduler; see InProcessWork.close. Once only. */
export async function drain(
  scheduler: Scheduler,
  { queue, timeoutMs, clock }: { readonly queue: string; readonly timeoutMs: number; readonly clock: Clock },
): Promise<DrainReport> {
  const accepted = scheduler.jobs.size;
  const left: LeftTask[] = [];
  const note = (jobs: readonly Job[]) => void left.push(...jobs.map(leftTask));

  const before = [...scheduler.jobs];
  scheduler.refuseMore(clock.monotonicMs() + timeoutMs);
  note(before.filter((job) => job.stage.kind === 'over'));
  await idleWithin(scheduler, timeoutMs, clock);
  const remaining = [...scheduler.jobs];
  note(remaining);
  for (const job of remaining) scheduler.giveUp(job, { kind: 'left', error: queueClosed(queue) });
  scheduler.stop();
  return { ended: accepted - left.length, left };
}

function leftTask({ label, key, attempts, stage }: Job): LeftTask {
  return { label, key, attempts, wasRunning: stage.kind === 'running' || stage.kind === 'stopping' };
}

/** The process lives as long as somebody waits here, though the work's own timers would let it end. */
async function idleWithin(scheduler: Scheduler, timeoutMs: number, clock: Clock): Promise<void> {
  const letGo = keepAlive();
  const enough = new AbortController();
  const timeout = clock.sleep(timeoutMs, enough.signal).catch(() => undefined); // idle first
  await Promise.race([scheduler.idle(), timeout]);
  enough.abort();
  letGo();
}
