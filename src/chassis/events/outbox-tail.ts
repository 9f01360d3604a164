import { createBell, type Clock } from '../core/index.ts';
import type { Database } from '../store/index.ts';
import { readEvents, type OutboxEvent } from './read-events.ts';
import { readKeptEvents } from './read-kept-events.ts';
import { eventStatements } from './statements.ts';

/** The outbox as all who follow it read it: what is new is read once, whoever waits for it. */
export interface OutboxTail {
  /**
   * The next events after a position, in order; waits until there are some, at most `timeoutMs`, and then gives none.
   *
   * @throws AppError OUT_OF_RANGE, POSITION_EXPIRED: events after it have been pruned. Position 0 means the oldest that is kept.
   */
  next(after: bigint, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<TailEvents>;
  /** Reads while anybody waits. Ends with the signal; what it meets is told to those who wait. */
  run(signal: AbortSignal): Promise<void>;
}

/** Some of the next events. */
export interface TailEvents {
  readonly events: readonly OutboxEvent[];
  /** There is no other event up to here. */
  readonly through: bigint;
}

/** So many events are read at once. */
const BATCH = 500;
/** So many of the latest are kept in memory, for those who keep up. */
const KEPT = 4_096;
/** Between two looks while somebody waits, in milliseconds: whichever replica writes, and however quiet it is. */
const LOOK_MS = { busy: 5, idle: 100 };
/** After so long without an event it looks less often, in milliseconds. */
const IDLE_AFTER_MS = 2_000;
/** Nobody waits: until somebody comes. */
const LONG_MS = 3_600_000;

/** Follows nothing yet. */
export function createOutboxTail(options: { readonly database: Database; readonly clock: Clock }): OutboxTail {
  const { database, clock } = options;
  const statements = eventStatements();
  const asked = createBell(clock);
  const grown = createBell(clock);
  let kept: OutboxEvent[] = [];
  /** `kept` has all that follows this position, up to `end`; undefined until somebody waits. */
  let begin: bigint | undefined;
  let end = 0n;
  let waiting = 0;
  /** Nobody has waited for a while: what follows `end` may have been dropped. */
  let hasRested = false;
  let failure: { readonly error: unknown } | undefined;

  const keep = (events: readonly OutboxEvent[]) => {
    kept.push(...events);
    end = events.at(-1)?.position ?? end;
    if (kept.length <= KEPT) return;
    const dropped = kept.length - KEPT / 2;
    begin = kept[dropped - 1]?.position ?? begin;
    kept = kept.slice(dropped);
  };

  /** What has long been there, read for one alone. */
  const readBack = async (after: bigint, through: bigint, signal: AbortSignal): Promise<TailEvents> => {
    const events = await readKeptEvents(database, { after, limit: BATCH, clock, signal });
    return { events, through: events.at(-1)?.position ?? through };
  };

  /** Begins anew where more was dropped than is kept here: whoever stands before that is read for alone, and told. */
  const passDropped = async (): Promise<void> => {
    const floor = await database.one<{ readonly position: bigint }>(statements['outbox-floor']);
    hasRested = false;
    if (floor === undefined || floor.position <= end) return;
    kept = [];
    begin = end = floor.position;
    grown.ring();
  };

  const look = async (signal: AbortSignal): Promise<number> => {
    if (begin === undefined) {
      const newest = await database.one<{ readonly position: bigint }>(statements['newest-event']);
      begin = end = newest?.position ?? 0n;
      grown.ring();
    }
    if (hasRested) await passDropped();
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
          hasRested = true;
          await asked.after(rings, { timeoutMs: LONG_MS, signal });
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
        if (begin !== undefined && after < begin) return await readBack(after, begin, signal);
        if (begin !== undefined && after < end) return following(kept, after);
        await grown.after(rings, { timeoutMs, signal });
        if (failure !== undefined) throw failure.error;
        if (begin !== undefined && after < begin) return await readBack(after, begin, signal);
        return following(kept, after);
      } finally {
        waiting -= 1;
      }
    },
    run,
  };
}

/** What is kept after a position. */
function following(kept: readonly OutboxEvent[], after: bigint): TailEvents {
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
