import { createBell, type Clock } from '../core/index.ts';
import type { Database } from '../store/index.ts';
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
/** Between two looks while somebody waits, in milliseconds: whichever replica writes, and however quiet it is. */
const LOOK_MS = { busy: 5, idle: 100 };
/** After so long without an event it looks less often, in milliseconds. */
const IDLE_AFTER_MS = 2_000;
/** After so long without anybody who waits it forgets, in milliseconds, and then waits until somebody comes. */
const REST_MS = 1_000;
const LONG_MS = 3_600_000;

/** Follows nothing yet. */
export function createOutboxTail(options: { readonly database: Database; readonly clock: Clock }): OutboxTail {
  const { database, clock } = options;
  const asked = createBell(clock);
  const grown = createBell(clock);
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

  async function run(signal: AbortSignal): Promise<void> {
    let lastNewsMs = clock.monotonicMs();
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
        const found = await look(signal);
        if (found > 0) lastNewsMs = clock.monotonicMs();
        if (found === BATCH) continue;
        const isIdle = clock.monotonicMs() - lastNewsMs > IDLE_AFTER_MS;
        await clock.sleep(isIdle ? LOOK_MS.idle : LOOK_MS.busy, signal);
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
