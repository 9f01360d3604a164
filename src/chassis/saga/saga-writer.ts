import { backoffMs, type Clock, type Emitter, type Random } from '../core/index.ts';
import { createGroupCommit, isDatabaseAway } from '../store/index.ts';
import { withinTrace } from '../tracing/index.ts';
import type { SagaEvents } from './events.ts';
import type { HistoryDraft } from './history.ts';
import type { SagaChange, SagaLog, WorkingSaga } from './log.ts';
import type { SagaState } from './state.ts';

/** The log of one saga that one worker holds. What is added is written in order, and together where it can be. */
export interface SagaPen {
  /** Somebody else has the saga now: what was added since is not written. */
  readonly isLost: boolean;
  /** Adds to the history, without a change of state. */
  note(history: readonly HistoryDraft[]): void;
  /** The saga's new state, and what led to it. Written within SOFT_WRITE_MS; `announce` at once. Nothing waits. */
  add(step: PenStroke, options?: { readonly announce: boolean }): void;
  /**
   * Resolves with true when all that was added is durable, with false when the pen is lost. Rejects when the log could not
   * be reached until `signal` fired or the attempts were used up: whether it was written is then unknown.
   */
  durable(signal: AbortSignal): Promise<boolean>;
}

/** One change in a saga's life. */
export interface PenStroke {
  readonly next: SagaState;
  readonly history: readonly HistoryDraft[];
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly hold: boolean;
  readonly delayMs: number;
}

/** Writes the changes of many sagas in few commits. */
export interface SagaWriter {
  open(saga: WorkingSaga): SagaPen;
}

/** How late what nobody waits for is written, in milliseconds. */
export const SOFT_WRITE_MS = 100;

/**
 * How the log is written. Where more than 16 sagas wait, the flushers that are free share them: all together they would move in step, this
 * process waiting for the database and then the database for it. Parts of fewer would be commits for nothing.
 */
export const LOG_COMMITS = { flushers: 3, shareAbove: 16 } as const;

/** How often a change that the log would not take is tried again, and how fast. The claim's end is the other bound. */
const WRITE_RETRY = { maxAttempts: 6, baseMs: 50, maxMs: 1_000 } as const;
/** How often a batch is, whose log is away: for some three seconds, about as long as its claims last. */
const AWAY_RETRY = { maxAttempts: 16, baseMs: 50, maxMs: 500 } as const;

/** What a writer is made of. */
export interface SagaWriterOptions {
  readonly log: SagaLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Emitter<SagaEvents>;
}

interface Unwritten {
  readonly draft: HistoryDraft;
  readonly atMs: number;
}

/**
 * Group commit of transitions: pens with something to write go together, one statement for all of them, while the one
 * before is still under way; an idle log adds no delay. What a saga did since its last write is one change, whatever
 * number of steps it took.
 */
export function createSagaWriter({ log, clock, random, events }: SagaWriterOptions): SagaWriter {
  const commit = createGroupCommit<SagaChange, boolean>({
    job: 'saga/record',
    ...LOG_COMMITS,
    gather: () => Promise.resolve(), // what a turn brings is in the pens already
    async run(changes) {
      const newest = newestOfEach(changes);
      const written = await untilItIsBack(newest);
      return changes.map((change) => newest.get(change.saga.id) === change && written.has(change.saga.id));
    },
  });
  const soft = createSoftWrites(clock);

  /** While the log is away the batch waits, one for all that is in it, and what comes meanwhile waits behind it. */
  async function untilItIsBack(newest: ReadonlyMap<string, SagaChange>): Promise<ReadonlySet<string>> {
    const changes = [...newest.values()];
    for (let failures = 1; ; failures += 1) {
      try {
        return await log.record(failures === 1 ? changes : changes.map((change) => ({ ...change, again: true })));
      } catch (error) {
        if (!isDatabaseAway(error)) throw error;
        events.emit('logFailed', { what: 'record', error });
        if (failures === AWAY_RETRY.maxAttempts) throw error;
        await clock.sleep(backoffMs(failures, AWAY_RETRY, random));
      }
    }
  }

  return {
    open(saga) {
      let durable = saga;
      let latest: PenStroke = { next: saga.state, history: [], outputs: {}, hold: true, delayMs: 0 };
      let unwritten: Unwritten[] = [];
      let outputs: Readonly<Record<string, unknown>> = {};
      let changed = false;
      let lost = false;
      let broken: unknown;
      let hurried = false;
      let writing: Promise<void> | undefined;
      let ends: AbortSignal | undefined;

      const noted = (history: readonly HistoryDraft[]) => {
        const atMs = clock.monotonicMs();
        for (const draft of history) unwritten.push({ draft, atMs });
      };

      /** All that is there when it is sent; what comes later is the next change. */
      function take(): SagaChange {
        const nowMs = clock.monotonicMs();
        const history = unwritten.map(({ draft, atMs }) => ({ ...draft, agoMs: nowMs - atMs }));
        const change = { saga: durable, ...latest, history, outputs, again: false };
        unwritten = [];
        outputs = {};
        changed = false;
        return change;
      }

      async function write(): Promise<void> {
        const change = take();
        if (await send(change)) {
          durable = { ...durable, state: change.next, revision: durable.revision + 1 };
          events.emit('transition', {
            sagaId: saga.id,
            name: saga.name,
            correlationKey: saga.correlationKey,
            from: change.saga.state,
            to: change.next,
          });
        } else {
          lost = true;
        }
      }

      async function send(change: SagaChange): Promise<boolean> {
        for (let failures = 1; ; failures += 1) {
          try {
            // Whoever's timer or commit had it written, it is written for this saga.
            return await withinTrace(saga.origin.traceparent, () =>
              commit.submit(failures === 1 ? change : { ...change, again: true }),
            );
          } catch (error) {
            // Left to whoever takes the claim over: this may be a saga that no log can take, and it must not hold a place here.
            if (isDatabaseAway(error) || failures === WRITE_RETRY.maxAttempts || ends?.aborted === true) throw error;
            events.emit('logFailed', { what: 'record', error });
            await clock.sleep(backoffMs(failures, WRITE_RETRY, random), ends);
          }
        }
      }

      /** Starts writing unless that is under way; settles when one write has ended. */
      function kick(): Promise<void> {
        writing ??= write()
          .catch((error: unknown) => {
            lost = true;
            broken = error;
          })
          .finally(() => {
            writing = undefined;
            if (hurried) soften();
          });
        return writing;
      }

      /** Nobody waits: a failure is told by its event, and to whoever next waits for this pen. */
      function soften(): void {
        hurried = writing !== undefined;
        if (!hurried && changed && !lost) void kick();
      }

      return {
        get isLost() {
          return lost;
        },
        note(history) {
          if (history.length === 0) return;
          noted(history);
          changed = true;
          soft.schedule(soften);
        },
        add(stroke, options) {
          noted(stroke.history);
          latest = stroke;
          outputs = { ...outputs, ...stroke.outputs };
          changed = true;
          if (options?.announce === true) soften();
          else soft.schedule(soften);
        },
        async durable(signal) {
          ends = signal;
          while ((changed || writing !== undefined) && !lost) await kick();
          if (broken !== undefined) throw broken;
          return !lost;
        },
      };
    },
  };
}

/**
 * A saga whose claim ran out and came back to this worker may have two pens at work: what the older one brings was fenced
 * out when the newer one was opened, and the log, which answers by saga, must not tell it otherwise.
 */
function newestOfEach(changes: readonly SagaChange[]): ReadonlyMap<string, SagaChange> {
  const newest = new Map<string, SagaChange>();
  for (const change of changes) {
    const other = newest.get(change.saga.id);
    if (other === undefined || other.saga.claimToken < change.saga.claimToken) newest.set(change.saga.id, change);
  }
  return newest;
}

/** One timer for all that may be written a little later. */
function createSoftWrites(clock: Clock): { schedule(write: () => void): void } {
  let waiting: (() => void)[] = [];
  return {
    schedule(write) {
      waiting.push(write);
      if (waiting.length > 1) return;
      clock.setTimer(SOFT_WRITE_MS, () => {
        const due = waiting;
        waiting = [];
        for (const one of due) one();
      });
    },
  };
}
