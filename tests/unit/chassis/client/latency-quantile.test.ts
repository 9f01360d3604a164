import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createLatencyQuantile } from '../../../../src/chassis/middleware/client/index.ts';

const durations = fc.array(fc.double({ min: 0.2, max: 100_000, noNaN: true }), { minLength: 64, maxLength: 640 });

describe('createLatencyQuantile', () => {
  it('is never below the true quantile of all it was told, and at most a tenth above', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0.5, max: 0.99, noNaN: true }), (all, quantile) => {
        const counted = all.slice(0, all.length - (all.length % 64));
        const latency = createLatencyQuantile(quantile);
        for (const ms of counted) latency.observe(ms);
        const slowest = counted.toSorted((a, b) => b - a);
        // The first of the slowest that is no longer among the part above the quantile.
        const exact = slowest[Math.floor((1 - quantile) * counted.length)]!;
        expect(latency.estimateMs).toBeGreaterThanOrEqual(exact * 0.999);
        expect(latency.estimateMs).toBeLessThanOrEqual(exact * 1.101);
      }),
    );
  });

  it('follows a method that has become slower or faster', () => {
    const latency = createLatencyQuantile(0.95);
    const observe = (ms: number, times: number) => {
      for (let n = 0; n < times; n++) latency.observe(ms);
    };
    observe(2, 20_000);
    expect(latency.estimateMs).toBeLessThan(2.3);
    observe(200, 1_000);
    expect(latency.estimateMs).toBeGreaterThan(190);
    observe(2, 20_000);
    expect(latency.estimateMs).toBeLessThan(2.3);
  });

  it('says nothing before the first, and stands beyond its ends', () => {
    const latency = createLatencyQuantile(0.5);
    expect([latency.samples, latency.estimateMs]).toEqual([0, 0]);
    latency.observe(0);
    expect(latency.estimateMs).toBeCloseTo(0.1);
    const slow = createLatencyQuantile(0.5);
    slow.observe(1e9);
    expect(slow.estimateMs).toBeGreaterThan(300_000);
  });
});
