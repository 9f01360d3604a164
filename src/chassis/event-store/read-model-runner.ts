import type { Bell, Clock, Emitter } from '../core/index.ts';
import type { Database } from '../store/index.ts';
import type { Claim, Generations } from './generations.ts';
import { readCompleteLog, readEventLog } from './read-event-log.ts';
import type { GenerationState, LoggedEvent, ReadModel, ReadModelEvents } from './read-model.ts';

/** What keeps a read model up to date. */
export interface RunnerOptions {
  readonly database: Database;
  readonly generations: Generations;
  readonly clock: Clock;
  readonly events: Emitter<ReadModelEvents>;
  /** Rung where this process has appended events. */
  readonly work: Bell;
  /** Rung where somebody waits for what has been appended. */
  readonly hurry: Bell;
  /** Rung where this process has begun a generation. */
  readonly begun: Bell;
  readonly pace: Pace;
}

/** How fast a read model follows. Times in milliseconds. */
export interface Pace {
  /** Events in one commit while it follows; more wait for the next. */
  readonly batch: number;
  /** Events in one commit while a generation is made from the start. */
  readonly rebuildBatch: number;
  /** What comes within so long goes in one commit, unless somebody waits for it. */
  readonly gatherMs: number;
  /** How often it looks for events of other processes. */
  readonly pollMs: number;
  /** How often it looks for a generation that nobody fills any more. */
  readonly claimEveryMs: number;
  /** How often a claim is renewed while there is nothing to do; well below what it lasts for. */
  readonly renewEveryMs: number;
  /** Between two tries where something failed. */
  readonly retryMs: number;
}

/**
 * Fills the generation that is in the state, whichever it is, while this instance has the claim to it; waits for the claim otherwise. What
 * fails is told and tried again. Ends when the signal fires.
 */
export async function runReadModel(
  model: ReadModel,
  state: GenerationState,
  options: RunnerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { generations, clock, events, begun, pace } = options;
  while (!signal.aborted) {
    const rings = begun.rings;
    let waitMs = pace.claimEveryMs;
    try {
      const claim = await generations.claim(model.name, state);
      if (claim !== undefined) {
        waitMs = 0; // it may be another generation's turn
        await fill(model, claim, state, options, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      events.emit('failed', { name: model.name, state, error });
      waitMs = pace.retryMs;
    }
    if (waitMs === 0) continue;
    // A generation is begun with a ring; whether somebody has let one go, only time tells.
    const waiting =
      state === 'BUILDING' ? begun.after(rings, { timeoutMs: waitMs, signal }) : clock.sleep(waitMs, signal);
    await waiting.catch(() => undefined); // the signal: the loop ends
  }
}

/** Follows the log until the claim is lost, the generation's turn to be served has come, or the signal fires. */
async function fill(
  model: ReadModel,
  claim: Claim,
  state: GenerationState,
  options: RunnerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { database, generations, clock, events, work, hurry, pace } = options;
  const { types } = model;
  const { name, generation } = claim;
  const limit = state === 'BUILDING' ? pace.rebuildBatch : pace.batch;
  const tables = tablesOf(model, claim, options);
  let { position } = claim;
  let movedAtMs = -Infinity;
  try {
    while (!signal.aborted) {
      const rings = { work: work.rings, hurry: hurry.rings };
      const startedAtMs = clock.monotonicMs();
      const stretch = await readEventLog(database, { after: position, limit, types, clock, signal });
      const end = stretch.end ?? position;
      if (end > position || startedAtMs - movedAtMs >= pace.renewEveryMs) {
        if (!(await tables.write(stretch.events, end))) return;
        movedAtMs = startedAtMs;
      }
      if (end > position) {
        const durationMs = clock.monotonicMs() - startedAtMs;
        events.emit('advanced', { name, generation, position: end, events: stretch.events.length, durationMs });
      }
      const isFull = end - position >= BigInt(limit);
      position = end;
      if (isFull) continue;
      if (state === 'BUILDING' && (await tables.serve(limit))) {
        events.emit('switched', { name, generation, position });
        return;
      }
      await hurry.after(rings.hurry, { timeoutMs: pace.gatherMs, signal });
      await work.after(rings.work, { timeoutMs: pace.pollMs, signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await generations.release(claim).catch(() => undefined); // it runs out by itself
  }
}

/** The tables of a claimed generation, behind its fence. */
function tablesOf(model: ReadModel, claim: Claim, { database, generations }: RunnerOptions) {
  const { generation } = claim;
  return {
    /** Applies the events and keeps how far it is with them; false when the claim is lost. */
    write: (events: readonly LoggedEvent[], end: bigint) =>
      database.transaction(async (tx) => {
        if (!(await generations.move(tx, claim, end))) return false; // first, so that locks are taken in one order everywhere
        if (events.length > 0) await model.apply(tx, events, generation);
        return true;
      }),
    /** Gives them to readers, if at most so many positions are missing. */
    serve: (atMost: number) =>
      generations.serve(model, claim, {
        atMost,
        async catchUp(tx, stretch) {
          await model.apply(tx, await readCompleteLog(tx, { ...stretch, types: model.types }), generation);
        },
      }),
  };
}
