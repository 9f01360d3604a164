import { percentile } from './figures.ts';

/** What one process saw in one round. */
export interface Load {
  /** Pieces of work that were done. */
  readonly count: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of this whole process, in microseconds. */
  readonly cpuUs: number;
}

/** Keeps this many pieces of work under way for this long, then lets the last ones end. Rejects when one does. */
export async function load(work: () => Promise<void>, concurrency: number, durationMs: number): Promise<Load> {
  const latencies: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  const endMs = startedAtMs + durationMs;
  const worker = async () => {
    for (let nowMs = performance.now(); nowMs < endMs;) {
      await work();
      const doneAtMs = performance.now();
      latencies.push(doneAtMs - nowMs);
      nowMs = doneAtMs;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const sorted = Float64Array.from(latencies).sort();
  return {
    count: latencies.length,
    seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    cpuUs: user + system,
  };
}
