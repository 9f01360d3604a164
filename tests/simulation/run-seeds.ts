import { planOf } from './plan.ts';
import { simulate, type SimulationBreach } from './simulate.ts';
import type { SimulatedPostgres } from './store-postgres.ts';

/** A seed that broke a promise. */
export interface FailedSeed {
  readonly seed: number;
  /** True: when PostgreSQL carried its statements out; false: in the model. */
  readonly onPostgres: boolean;
  readonly breaches: readonly SimulationBreach[];
}

/** What many seeds came to. */
export interface SeedsReport {
  readonly seeds: number;
  /** How many of them ran on PostgreSQL as well. */
  readonly onPostgres: number;
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
  /** Runs one seed of each hundred as well. Default: all run in the model alone. */
  readonly postgres?: SimulatedPostgres | undefined;
}

/** One seed of so many runs on PostgreSQL as well. */
const ON_POSTGRES_EVERY = 100;

/** Runs one seed after the other. */
export async function runSeeds({ first, count, untilFailure = false, postgres }: SeedRange): Promise<SeedsReport> {
  const failed: FailedSeed[] = [];
  const sum = { seeds: 0, onPostgres: 0, events: 0, completed: 0, compensated: 0, slowestMs: 0 };
  for (let seed = first; seed < first + count && !(untilFailure && failed.length > 0); seed += 1) {
    const { breaches, events, sagas, settledMs } = await simulate(planOf(seed));
    if (breaches.length > 0) failed.push({ seed, onPostgres: false, breaches });
    sum.seeds += 1;
    sum.events += events.length;
    sum.completed += sagas.COMPLETED;
    sum.compensated += sagas.COMPENSATED;
    sum.slowestMs = Math.max(sum.slowestMs, settledMs);
    if (postgres === undefined || seed % ON_POSTGRES_EVERY !== 0) continue;
    const there = await simulate(planOf(seed), { postgres });
    if (there.breaches.length > 0) failed.push({ seed, onPostgres: true, breaches: there.breaches });
    sum.onPostgres += 1;
  }
  return { ...sum, failed };
}
