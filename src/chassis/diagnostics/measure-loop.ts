import type { Clock } from '../core/index.ts';

/** How busy the event loop is. */
export interface LoopFacts {
  /** The longest that a timer came late, in milliseconds. */
  readonly maxDelayMs: number;
  /** The share of the time that it was not idle, 0 to 1. */
  readonly utilization: number;
}

const SAMPLES = 12;
const SAMPLE_MS = 20;

/** Watches the event loop for a quarter of a second; nothing is measured between two such looks. */
export async function measureLoop(clock: Clock): Promise<LoopFacts> {
  const before = performance.eventLoopUtilization();
  let maxDelayMs = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const startedMs = clock.monotonicMs();
    await clock.sleep(SAMPLE_MS);
    maxDelayMs = Math.max(maxDelayMs, clock.monotonicMs() - startedMs - SAMPLE_MS);
  }
  return {
    maxDelayMs: Math.round(maxDelayMs * 10) / 10,
    utilization: Math.round(performance.eventLoopUtilization(before).utilization * 1_000) / 1_000,
  };
}
