import { createChance, type Chance } from './chance.ts';
import type { Schedule } from './schedule.ts';
import type { Trace } from './trace.ts';

/** How long things take in a run. */
export interface Latencies {
  /** An ordinary hop takes up to so long, in milliseconds. */
  readonly hopMs: number;
  /** The chance that one takes much longer. */
  readonly slow: number;
  /** And then up to so long. */
  readonly slowMs: number;
}

/** What everything in one run shares. */
export interface World {
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly latencies: Latencies;
  /** The short name of a saga in stories: "s1". */
  nameOf(sagaId: string): string;
  /** A chance of its own for each part. */
  chance(part: string): Chance;
  /** No fault strikes any more. */
  readonly isCalm: boolean;
  /** A promise was broken. */
  breach(text: string): void;
}

/** How long one hop takes. */
export function hopMs(world: World, chance: Chance): number {
  const { hopMs: usual, slow, slowMs } = world.latencies;
  return !world.isCalm && chance.happens(slow) ? chance.between(usual, slowMs) : chance.between(0.05, usual);
}

/** A world's chances. */
export function createChances(seed: number): (part: string) => Chance {
  return (part) => createChance(seed, part);
}
