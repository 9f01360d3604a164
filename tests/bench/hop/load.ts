import { percentile } from '../figures.ts';
import type { Caller } from './peer.ts';
import { USER_ID } from './question.ts';

/** What one client saw in one round. */
export interface Load {
  readonly calls: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of this whole process, in microseconds. */
  readonly cpuUs: number;
}

/** Keeps this many calls under way for this long, then lets the last ones end. Rejects when one fails or answers wrong. */
export async function load(caller: Caller, concurrency: number, durationMs: number): Promise<Load> {
  const latencies: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  const endMs = startedAtMs + durationMs;
  const worker = async () => {
    for (let nowMs = performance.now(); nowMs < endMs;) {
      const id = await caller.call();
      if (id !== USER_ID) throw new Error(`asked for user ${USER_ID}, got "${id}"`);
      const answeredAtMs = performance.now();
      latencies.push(answeredAtMs - nowMs);
      nowMs = answeredAtMs;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const sorted = Float64Array.from(latencies).sort();
  return {
    calls: latencies.length,
    seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    cpuUs: user + system,
  };
}
