import type { Machine } from './machine.ts';
import type { Progress } from './progress.ts';

/** The benches there are, in the order in which they run. */
export const BENCH_NAMES = [
  'hop',
  'saga',
  'checkout',
  'styles',
  'discovery',
  'pick',
  'resilience',
  'overload',
  'events',
] as const;

/** One of them. */
export type BenchName = (typeof BENCH_NAMES)[number];

/** What a bench is run with. */
export interface BenchContext {
  readonly quick: boolean;
  /** Only rows of these names; undefined: all. */
  readonly rows: readonly string[] | undefined;
  readonly progress: Progress;
  /** Fires when the run is to end early; what was started is ended all the same. */
  readonly signal: AbortSignal;
}

/** What a bench found. */
export interface BenchResult {
  /** One object a row of figures: name, concurrency, the medians, and the same figures again under `min` and `max`. */
  readonly rows: readonly object[];
  /** The tables for the terminal. */
  readonly text: string;
}

/** Runs one bench. */
export type Bench = (context: BenchContext) => Promise<BenchResult>;

/** One bench's part of the JSON file. */
export interface BenchReport {
  readonly bench: BenchName;
  readonly machine: Machine;
  readonly rows: readonly object[];
}
