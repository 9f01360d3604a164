import { createDeferred, type Clock, type Deferred, type Emitter, type Random } from '../core/index.ts';
import { retryDelayMs } from '../resilience/index.ts';
import { createFifo } from './fifo.ts';
import { deadTask, type AttemptOutcome, type Job, type JobOutcome } from './job.ts';
import { createLanes } from './lanes.ts';
import { createPace } from './pace.ts';
import { queueClosed, queueFull, taskOverdue } from './refusals.ts';
import { runAttempt } from './run-attempt.ts';
import type { TaskQueueSettings } from './task-queue-options.ts';
import type { WorkEvents } from './work-events.ts';

/** What a queue is made of beside its settings. */
export interface SchedulerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Emitter<WorkEvents>;
}

/** Says which task begins when, and what becomes of it. */
export interface Scheduler {
  readonly running: number;
  readonly arriving: number;
  /** Accepted and not over, in the order of acceptance. */
  readonly jobs: ReadonlySet<Job>;
  /** A task of this name that has not begun. */
  named(once: string): Job | undefined;
  /** Takes a task, or has it wait to be taken. Throws AppError QUEUE_FULL, QUEUE_CLOSED or DEADLINE_EXCEEDED. */
  bring(job: Job): void;
  /** Ends a task before its time: one under way is told to stop. */
  giveUp(job: Job, outcome: Exclude<JobOutcome, { kind: 'done' }>): void;
  /** Takes nothing more, and gives up what is due later than `untilMs`, by the monotonic clock. */
  refuseMore(untilMs: number): void;
  /** Resolves when nothing is accepted and not over. */
  idle(): Promise<void>;
  /** How many tasks without a key would be taken now. */
  readonly places: number;
  /** Resolves when one would be. */
  room(): Promise<void>;
  /** Ends its timer. */
  stop(): void;
}

/** With nothing to do. All its steps are synchronous: what it is asked meanwhile finds it whole. */
export function createScheduler(settings: TaskQueueSettings, { clock, random, events }: SchedulerParts): Scheduler {
  const { name, maxConcurrent, maxQueued, whenFull, attemptTimeoutMs, rate, retry } = settings;
  const pace = createPace(rate, clock, () => advance());
  const lanes = createLanes<Job>();
  const jobs = new Set<Job>();
  const arrivals = createFifo<Job>();
  const byName = new Map<string, Job>();
  let running = 0;
  let closedAfterMs = Infinity;
  let isClosed = false;
  let idle: Deferred<void> | undefined;
  let room: Deferred<void> | undefined;

  const couldBegin = ({ key, delayMs }: Job) =>
    running < maxConcurrent && delayMs === 0 && !lanes.hasNext && lanes.isFree(key) && pace.free > 0;
  // What rests between two attempts has left its place: without a bound for all, those who fail would grow in number without end.
  const hasRoom = (job: Job) =>
    jobs.size < maxConcurrent + maxQueued && (jobs.size - running < maxQueued || couldBegin(job));
  const places = () => {
    if (arrivals.size > 0) return 0;
    const toBegin = lanes.hasNext ? 0 : Math.min(maxConcurrent - running, pace.free);
    const toWait = Math.max(0, maxQueued - (jobs.size - running));
    return Math.max(0, Math.min(maxConcurrent + maxQueued - jobs.size, toWait + toBegin));
  };

  function forgetName(job: Job): void {
    if (job.once !== undefined && byName.get(job.once) === job) byName.delete(job.once);
  }

  /** Tells everybody who waits for it; nobody does afterwards. */
  function settle(job: Job, outcome: JobOutcome): void {
    job.deadline?.cancel();
    forgetName(job);
    const { label, attempts, broughtMs, stage } = job;
    const nowMs = clock.monotonicMs();
    const beganMs = stage.kind === 'running' ? stage.sinceMs : nowMs;
    const times = { waitedMs: beganMs - broughtMs, durationMs: nowMs - beganMs };
    events.emit('ended', { queue: name, label, outcome: outcome.kind, attempts, ...times });
    const isKnown = !job.isPosted || stage.kind === 'arriving'; // to who waits for it
    if (outcome.kind === 'failed' && !isKnown) events.emit('deadLettered', deadTask(name, job, outcome.error));
    const listeners = [...job.listeners];
    job.listeners.clear();
    for (const listener of listeners) listener.settle(outcome);
  }

  /** It is over, and does nothing any more. */
  function remove(job: Job): void {
    job.stage = { kind: 'over' };
    jobs.delete(job);
    if (jobs.size === 0) idle?.resolve();
    if (jobs.size === 0) idle = undefined;
  }

  function becomeDue(job: Job): void {
    job.stage = { kind: 'waiting', dueMs: clock.monotonicMs() };
    lanes.add(job);
    advance();
  }

  function accept(job: Job): void {
    jobs.add(job);
    if (job.delayMs > 0) {
      const timer = clock.setTimer(job.delayMs, () => becomeDue(job));
      job.stage = { kind: 'delayed', dueMs: clock.monotonicMs() + job.delayMs, timer };
    } else {
      job.stage = { kind: 'waiting', dueMs: clock.monotonicMs() };
      lanes.add(job);
    }
  }

  function admitArrivals(): boolean {
    const first = arrivals.first;
    if (first === undefined || !hasRoom(first)) return false;
    arrivals.shift();
    const { stage } = first;
    accept(first);
    if (stage.kind === 'arriving') stage.answer?.();
    return true;
  }

  /** Begins what may begin, and takes what there is room for. */
  function advance(): void {
    do {
      while (running < maxConcurrent && lanes.hasNext && pace.tryTake()) begin(lanes.next()!); // it has one
    } while (admitArrivals());
    if (places() > 0) {
      room?.resolve();
      room = undefined;
    }
    const isWaitedFor = lanes.hasNext || arrivals.size > 0 || room !== undefined;
    if (isWaitedFor && running < maxConcurrent) pace.callBack();
  }

  function begin(job: Job): void {
    forgetName(job);
    running += 1;
    job.attempts += 1;
    const stopping = new AbortController();
    job.stage = { kind: 'running', sinceMs: clock.monotonicMs(), stopping };
    const ended = (outcome: AttemptOutcome) => {
      conclude(job, outcome);
      advance();
    };
    void runAttempt(job, { queue: name, stopping, timeoutMs: attemptTimeoutMs, clock, ended });
  }

  function conclude(job: Job, outcome: AttemptOutcome): void {
    running -= 1;
    if (job.stage.kind === 'running') {
      if (outcome.kind === 'failed' && rest(job, outcome.error)) return;
      settle(job, outcome);
    }
    lanes.release(job);
    remove(job);
  }

  /** Has it tried again later, where it may be. */
  function rest(job: Job, error: unknown): boolean {
    if (job.attempts >= retry.maxAttempts || !retry.shouldRetry(error)) return false;
    const { label, key, attempts: attempt } = job;
    const delayMs = retryDelayMs(error, attempt, retry, random);
    const dueMs = clock.monotonicMs() + delayMs;
    if (dueMs > closedAfterMs) return false;
    const again = () => {
      job.stage = { kind: 'waiting', dueMs };
      lanes.putBack(job);
      advance();
    };
    job.stage = { kind: 'resting', dueMs, timer: clock.setTimer(delayMs, again) };
    events.emit('retried', { queue: name, label, key, attempt, delayMs, error });
    return true;
  }

  function giveUp(job: Job, outcome: Exclude<JobOutcome, { kind: 'done' }>): void {
    const { stage } = job;
    if (stage.kind === 'stopping' || stage.kind === 'over') return;
    settle(job, outcome);
    if (stage.kind === 'running') {
      job.stage = { kind: 'stopping' };
      stage.stopping.abort('error' in outcome ? outcome.error : undefined);
      return;
    }
    if (stage.kind === 'arriving') {
      arrivals.delete(job);
      stage.answer?.('error' in outcome ? outcome.error : queueClosed(name));
    } else if (stage.kind === 'waiting') lanes.remove(job);
    else {
      stage.timer.cancel();
      if (stage.kind === 'resting') lanes.release(job);
    }
    remove(job);
    advance();
  }

  /** A timer may come early, and comes early where the deadline is weeks away. */
  function watchDeadline(job: Job, deadlineMs: number): void {
    job.deadline = clock.setTimer(deadlineMs - clock.monotonicMs(), () => {
      if (clock.monotonicMs() < deadlineMs) watchDeadline(job, deadlineMs);
      else giveUp(job, { kind: 'failed', error: taskOverdue(name) });
    });
  }

  return {
    get running() {
      return running;
    },
    get arriving() {
      return arrivals.size;
    },
    get places() {
      return places();
    },
    jobs,
    named: (once) => byName.get(once),
    bring(job) {
      if (isClosed) throw queueClosed(name);
      if (job.deadlineMs !== undefined && job.deadlineMs <= clock.monotonicMs()) throw taskOverdue(name);
      const isTaken = arrivals.size === 0 && hasRoom(job);
      if (!isTaken && whenFull === 'reject') {
        events.emit('refused', { queue: name, label: job.label });
        throw queueFull(name);
      }
      if (job.once !== undefined) byName.set(job.once, job);
      if (job.deadlineMs !== undefined) watchDeadline(job, job.deadlineMs);
      if (isTaken) accept(job);
      else arrivals.push(job);
      advance();
    },
    giveUp,
    refuseMore(untilMs) {
      isClosed = true;
      closedAfterMs = untilMs;
      const isTooLate = ({ stage }: Job) => 'dueMs' in stage && stage.dueMs > untilMs;
      const outcome = { kind: 'left', error: queueClosed(name) } as const;
      for (let first = arrivals.first; first !== undefined; first = arrivals.first) giveUp(first, outcome);
      for (const job of [...jobs].filter(isTooLate)) giveUp(job, outcome);
    },
    async idle() {
      if (jobs.size > 0) await (idle ??= createDeferred()).promise;
    },
    async room() {
      if (places() > 0) return;
      room ??= createDeferred();
      pace.callBack();
      await room.promise;
    },
    stop: pace.stop,
  };
}
