import {
  AppError,
  backgroundCall,
  backoffMs,
  isAbortError,
  isPermanent,
  runInCall,
  type Clock,
  type Emitter,
  type NewId,
  type Random,
} from '../core/index.ts';
import { createTaskQueue } from '../in-process/index.ts';
import { createGroupCommit, type Database } from '../store/index.ts';
import { withinTrace } from '../tracing/index.ts';
import type { ChoreographyEvents } from './events.ts';
import { createStepLeases } from './step-leases.ts';
import type { Announcement, Brief, Part } from './part.ts';
import type { PartStore, PlayedPart } from './part-store.ts';

/** What steps are done with. */
export interface DoingOptions {
  readonly part: Part;
  readonly database: Database;
  readonly store: PartStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly events: Emitter<ChoreographyEvents>;
}

/** Does what is to be done. */
export interface StepsDoing {
  /** Begins steps that this process has just taken. */
  begin(parts: readonly PlayedPart[]): void;
  /** Takes up what nobody is at, until the signal fires; then ends what is under way, and lets go of the rest. */
  run(signal: AbortSignal): Promise<void>;
}

/** Steps at a time: what an outside system or the database is asked for at once by one process. */
const CONCURRENCY = 128;
/** So many may wait for their turn; what is beyond that is found again when its lease is over. */
const MAX_QUEUED = 50_000;
/** Waits after failed attempts, in milliseconds, with full jitter. */
const RETRY = { baseMs: 100, maxMs: 2_000 };
/** Between two looks for steps that nobody is at, in milliseconds. */
const LOOK_MS = 250;
const LOOK_LIMIT = 256;

/** A step that led to something. */
interface Over {
  readonly part: PlayedPart;
  readonly announcement: Announcement<Brief>;
}

/** Does nothing before it is told to. */
export function createStepsDoing(options: DoingOptions): StepsDoing {
  const { part, database, store, clock, random, newId, events } = options;
  const queue = createTaskQueue(
    {
      name: `steps of ${part.name}`,
      maxConcurrent: CONCURRENCY,
      maxQueued: MAX_QUEUED,
      retry: { maxAttempts: 1 },
    },
    { clock, random },
  );

  const leases = createStepLeases({ part: part.name, store, clock, events });

  const endings = createGroupCommit<Over, PlayedPart | undefined>({
    job: `end-steps ${part.name}`,
    clock,
    run: (items) => database.transaction((tx) => end(tx, items)),
  });

  /** Gives each part with its next step, if there is one at once; what was overtaken is passed over. */
  async function end(tx: Parameters<PartStore['lock']>[0], items: readonly Over[]) {
    const locked = await store.lock(tx, [...new Set(items.map((item) => item.part.subject))]);
    const done = new Map<string, PlayedPart | undefined>();
    const ended = items.flatMap(({ part: { subject, step }, announcement }) => {
      const before = locked.get(subject);
      if (before === undefined || before.step === undefined || before.step !== step || done.has(subject)) return [];
      const said = { ...before.said, [before.step]: announcement.type };
      const next = part.next({ heard: before.heard, said });
      const brief = { ...before.brief, ...announcement.keep };
      const after = { ...before, said, brief, step: next, attempts: 0, lastEvent: before.lastEvent + 1n };
      done.set(subject, next === undefined ? undefined : after);
      return [{ before, announcement, next }];
    });
    await store.end(tx, ended);
    return items.map((item) => done.get(item.part.subject));
  }

  async function doStep(played: PlayedPart, signal: AbortSignal): Promise<void> {
    const { subject, step = '', brief } = played;
    const definition = part.steps[step];
    if (definition === undefined) throw new Error(`the part ${part.name} has no step ${step}`);
    events.emit('stepBegun', nameOf(played));
    try {
      const announcement = await definition.run({ key: `${subject}/${step}`, subject, brief, signal });
      events.emit('stepDone', nameOf(played));
      await conclude(played, announcement);
    } catch (error) {
      if (isAbortError(error) && signal.aborted) return; // it is found again
      const failure = AppError.from(error);
      const refusal = isPermanent(failure.status) ? definition.refused?.(failure, subject) : undefined;
      if (refusal === undefined) await putOff(played, failure, definition.maxAttempts);
      else await conclude(played, refusal);
    }
  }

  async function conclude(played: PlayedPart, announcement: Announcement<Brief>): Promise<void> {
    const following = await endings.submit({ part: played, announcement });
    events.emit('stepEnded', { ...nameOf(played), told: announcement.type });
    if (following !== undefined) begin([following]);
  }

  async function putOff(played: PlayedPart, failure: AppError, maxAttempts = Infinity): Promise<void> {
    const attempts = played.attempts + 1;
    const isParked = isPermanent(failure.status) || attempts >= maxAttempts;
    const waitMs = isParked ? undefined : backoffMs(attempts, RETRY, random);
    const { status, reason, message } = failure;
    await store.putOff(played, { status, reason, message }, waitMs);
    events.emit(isParked ? 'stepParked' : 'stepFailed', { ...nameOf(played), attempts, error: failure });
  }

  const nameOf = ({ subject, step = '' }: PlayedPart) => ({ part: part.name, subject, step });

  /** In a call of its own, in the trace of what the part was opened by. */
  function inCall(played: PlayedPart, signal: AbortSignal): Promise<void> {
    const { step = '', traceparent } = played;
    const call = {
      ...backgroundCall({ callId: newId(), job: `${part.name}/${step}` }),
      signal,
      ...(traceparent !== undefined && { trace: { traceparent, tracestate: undefined } }),
    };
    return runInCall(call, () => withinTrace(traceparent, () => doStep(played, signal)));
  }

  /** Where it is lost, it is found again once its lease is over. */
  async function beginOne(played: PlayedPart): Promise<void> {
    const lease = leases.hold(played);
    if (lease === undefined) return; // it is under way here
    try {
      await queue.submit(({ signal }) => inCall(played, signal));
    } catch (error) {
      if (!isAbortError(error)) events.emit('stepLost', { ...nameOf(played), error });
    } finally {
      lease.letGo();
    }
  }

  function begin(parts: readonly PlayedPart[]): void {
    for (const played of parts) void beginOne(played); // which tells of what it throws
  }

  async function lookUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = await store.claimDue(LOOK_LIMIT);
      begin(due);
      if (due.length < LOOK_LIMIT) await clock.sleep(LOOK_MS, signal);
    }
  }

  return {
    begin,
    async run(signal) {
      const done = new AbortController();
      const keeping = leases.keepUntil(done.signal);
      try {
        await lookUntil(signal);
      } catch (error) {
        if (!isAbortError(error)) throw error;
      } finally {
        if (signal.aborted) await queue.close();
        done.abort();
        await keeping;
      }
      await store.leave();
    },
  };
}
