import { percentile } from '../figures.ts';
import type { Delays } from './side.ts';

/** Delays as they are met. */
export interface DelayRecord {
  add(delayMs: number): void;
  /** Of what was added since the last time. */
  take(): Delays;
}

/** An empty one. */
export function createDelayRecord(): DelayRecord {
  let delays: number[] = [];
  return {
    add: (delayMs) => void delays.push(delayMs),
    take() {
      const sorted = Float64Array.from(delays).sort();
      delays = [];
      return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
    },
  };
}
