import { planOf } from './plan.ts';
import { simulate, type SimulationBreach } from './simulate.ts';

/** A seed that broke a promise. */
export interface FailedSeed {
  readonly seed: number;
  readonly breaches: readonly SimulationBreach[];
}

/** What many seeds came to. */
export interface SeedsReport {
  readonly seeds: number;
  readonly events: number;
  readonly completed: number;
  readonly compensated: number;
  readonly failed: readonly FailedSeed[];
  /** The longest time from the last fault to the end of the last saga, in milliseconds of virtual time. */
  readonly slowestMs: number;
}

/** Which seeds to run. */
export interface SeedRange {
  readonly first: number;
  readonly count: number;
  /** Stops at the first seed that fails. */
  readonly untilFailure?: boolean;
}

/** Runs one seed after the other. */
export async function runSeeds({ first, count, untilFailure = false }: SeedRange): Promise<SeedsReport> {
  const failed: FailedSeed[] = [];
  const sum = { seeds: 0, events: 0, completed: 0, compensated: 0, slowestMs: 0 };
  for (let seed = first; seed < first + count && !(untilFailure && failed.length > 0); seed += 1) {
    const { breaches, events, sagas, settledMs } = await simulate(planOf(seed));
    if (breaches.length > 0) failed.push({ seed, breaches });
    sum.seeds += 1;
    sum.events += events.length;
    sum.completed += sagas.COMPLETED;
    sum.compensated += sagas.COMPENSATED;
    sum.slowestMs = Math.max(sum.slowestMs, settledMs);
  }
  return { ...sum, failed };
}
