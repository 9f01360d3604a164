import { createBell, type Clock } from '../core/index.ts';
import type { Database, Statement } from '../store/index.ts';
import { assertReached, logBounds } from './log-bounds.ts';
import { logEnds } from './log-ends.ts';
import { readEvents, type OutboxEvent } from './read-events.ts';
import { readKeptEvents, type KeptEvents } from './read-kept-events.ts';

/** The outbox as all who follow it read it: what is new is read once, whoever waits for it. */
export interface OutboxTail {
  /**
   * The next events after a position, in order; waits until there are some, at most `timeoutMs`, and then gives none.
   *
   * @throws AppError OUT_OF_RANGE: POSITION_EXPIRED, events after it have been pruned, though position 0 means the oldest that is kept;
   * POSITION_AHEAD, the log has not come to it.
   */
  next(after: bigint, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<KeptEvents>;
  /** Reads while anybody waits. Ends with the signal; what it meets is told to those who wait. */
  run(signal: AbortSignal): Promise<void>;
}

/** So many events are read at once. */
const BATCH = 500;
/** So many of the latest are kept in memory, for those who keep up. */
const KEPT = 4_096;
/**
 * Between two looks while somebody waits, in milliseconds: where this process has just written events, where other replicas may have, and where it
 * has long been quiet.
 */
const LOOK_MS = { written: 5, busy: 25, idle: 100 };
/** So long after it was written an event is committed, or will not be, in milliseconds; if not, it is found by the other looks. */
const COMMITTED_MS = 50;
/** Which statements write events. */
const WRITES_EVENTS = /\bINTO outbox\b/;
/** A look that takes long tells of a machine that is busy: the next waits for so many times as long, at most LOOK_MS.idle, and finds more at once. */
const WAITS_PER_LOOK = 4;
/** After so long without an event it looks less often, in milliseconds. */
const IDLE_AFTER_MS = 2_000;
/** After so long without anybody who waits it forgets, in milliseconds, and then waits until somebody comes. */
const REST_MS = 1_000;
const LONG_MS = 3_600_000;

/** One look at the log. */
interface Look {
  readonly found: number;
  readonly tookMs: number;
  /** How often events had been written before it. */
  readonly rings: number;
}

/** Follows nothing yet. */
export function createOutboxTail(options: { readonly database: Database; readonly clock: Clock }): OutboxTail {
  const { database, clock } = options;
  const asked = createBell(clock);
  const grown = createBell(clock);
  const written = createBell(clock);
  const writers = new WeakMap<Statement, boolean>();
  database.events.on('done', ({ statement }) => {
    const writes = writers.get(statement) ?? WRITES_EVENTS.test(statement.text);
    writers.set(statement, writes);
    if (writes) written.ring();
  });
  let kept: OutboxEvent[] = [];
  /** `kept` has all that follows this position, up to `end`; undefined until somebody waits. */
  let begin: bigint | undefined;
  let end = 0n;
  let waiting = 0;
  let failure: { readonly error: unknown } | undefined;

  const keep = (events: readonly OutboxEvent[]) => {
    kept.push(...events);
    end = events.at(-1)?.position ?? end;
    if (kept.length <= KEPT) return;
    const dropped = kept.length - KEPT / 2;
    begin = kept[dropped - 1]?.position ?? begin;
    kept = kept.slice(dropped);
  };

  /** What was read may no longer be the log's: much may have been dropped, or its database restored from a backup. */
  const forget = () => {
    kept = [];
    begin = undefined;
    end = 0n;
  };

  /** What has long been there, read for one alone. */
  const readBack = (after: bigint, signal: AbortSignal): Promise<KeptEvents> =>
    readKeptEvents(database, { after, limit: BATCH, clock, signal });

  const look = async (signal: AbortSignal): Promise<number> => {
    if (begin === undefined) {
      begin = end = (await logEnds(database)).newestPosition; // whoever stands before that is read for alone, and told
      grown.ring();
    }
    const events = await readEvents(database, { after: end, limit: BATCH, clock, signal });
    keep(events);
    if (events.length > 0) grown.ring();
    return events.length;
  };

  /** Gives the waits between looks, from a look on that found so many events. */
  function createPauses() {
    let lastNewsMs = clock.monotonicMs();
    let expectedUntilMs = 0;
    return async ({ found, tookMs, rings }: Look, signal: AbortSignal): Promise<void> => {
      const nowMs = clock.monotonicMs();
      const leastMs = Math.min(LOOK_MS.idle, Math.max(LOOK_MS.written, WAITS_PER_LOOK * tookMs));
      if (found > 0) lastNewsMs = nowMs;
      if (written.rings !== rings) expectedUntilMs = nowMs + COMMITTED_MS;
      else if (found > 0) expectedUntilMs = 0;
      if (nowMs < expectedUntilMs) return clock.sleep(leastMs, signal);
      const usualMs = nowMs - lastNewsMs > IDLE_AFTER_MS ? LOOK_MS.idle : LOOK_MS.busy;
      await written.after(rings, { timeoutMs: Math.max(leastMs, usualMs), signal });
      if (written.rings === rings) return;
      expectedUntilMs = clock.monotonicMs() + COMMITTED_MS;
      await clock.sleep(leastMs, signal);
    };
  }

  async function run(signal: AbortSignal): Promise<void> {
    const pause = createPauses();
    failure = undefined;
    try {
      while (!signal.aborted) {
        const { rings } = asked;
        if (waiting === 0) {
          await asked.after(rings, { timeoutMs: REST_MS, signal });
          if (asked.rings === rings) {
            forget();
            await asked.after(rings, { timeoutMs: LONG_MS, signal });
          }
          continue;
        }
        const startedAtMs = clock.monotonicMs();
        const { rings: writes } = written;
        const found = await look(signal);
        const tookMs = clock.monotonicMs() - startedAtMs;
        if (found < BATCH) await pause({ found, tookMs, rings: writes }, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      failure = { error };
      forget();
      grown.ring();
      throw error; // the process logs it and runs this again
    }
  }

  return {
    async next(after, { timeoutMs, signal }) {
      waiting += 1;
      asked.ring();
      try {
        const { rings } = grown;
        if (begin !== undefined && after < begin) return await readBack(after, signal);
        if (begin !== undefined && after < end) return following(kept, after);
        await grown.after(rings, { timeoutMs, signal });
        if (failure !== undefined) throw failure.error;
        if (begin !== undefined && after < begin) return await readBack(after, signal);
        if (after > end) assertReached(after, await logBounds(database));
        return following(kept, after);
      } finally {
        waiting -= 1;
      }
    },
    run,
  };
}

/** What is kept after a position. */
function following(kept: readonly OutboxEvent[], after: bigint): KeptEvents {
  let low = 0;
  let high = kept.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((kept[middle]?.position ?? 0n) <= after) low = middle + 1;
    else high = middle;
  }
  const events = kept.slice(low, low + BATCH);
  return { events, through: events.at(-1)?.position ?? after };
}
