import { describe, expect, it } from '@jest/globals';

import { createClassicBreaker, failureRatio, failureStreak } from '../../../../src/chassis/resilience/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const counts = { successes: 0, failures: 0, consecutiveFailures: 0, usualVolume: 0 };

describe('failureRatio', () => {
  it('trips at the ratio, and not below the minimum volume', () => {
    const rule = failureRatio({ ratio: 0.5, minimumVolume: 10 });
    expect(rule.shouldTrip({ ...counts, successes: 5, failures: 4 })).toBe(false);
    expect(rule.shouldTrip({ ...counts, successes: 5, failures: 5 })).toBe(true);
    expect(rule.shouldTrip({ ...counts, successes: 6, failures: 5 })).toBe(false);
  });

  it('asks for a share of the usual volume, within bounds', () => {
    const rule = failureRatio({ minimumVolume: { share: 0.1, atLeast: 5, atMost: 100 } });
    const trips = (failures: number, usualVolume: number) => rule.shouldTrip({ ...counts, failures, usualVolume });
    expect([trips(4, 0), trips(5, 0)]).toEqual([false, true]);
    expect([trips(49, 500), trips(50, 500)]).toEqual([false, true]);
    expect([trips(99, 1_000_000), trips(100, 1_000_000)]).toEqual([false, true]);
  });

  it('follows the traffic of a breaker', () => {
    const clock = createManualClock();
    const trip = failureRatio({ ratio: 0.01, minimumVolume: { share: 0.5, atLeast: 1 } });
    const breaker = createClassicBreaker({ trip, windowMs: 1_000, buckets: 10 }, { clock });
    for (let tick = 0; tick < 600; tick++) {
      clock.advance(100);
      for (let n = 0; n < 10; n++) breaker.record(breaker.tryEnter()!, 'success'); // 100 calls a window
    }
    clock.advance(1_000); // the window is empty, and what is usual is not forgotten
    let failures = 0;
    for (; breaker.state.kind === 'closed'; failures++) breaker.record(breaker.tryEnter()!, 'failure');
    expect(failures).toBeGreaterThan(35);
    expect(failures).toBeLessThanOrEqual(50);
  });

  it('names the option that makes no sense', () => {
    expect(() => failureRatio({ ratio: 0 })).toThrow('ratio: must be a number, more than 0 and at most 1; it is 0');
    expect(() => failureRatio({ minimumVolume: { share: 2 } })).toThrow('minimumVolume.share');
    expect(() => failureRatio({ minimumVolume: { share: 0.1, atLeast: 10, atMost: 5 } })).toThrow(
      'minimumVolume.atMost',
    );
  });
});

describe('failureStreak', () => {
  it('trips at so many failures in a row', () => {
    const rule = failureStreak({ failures: 3 });
    expect(rule.shouldTrip({ ...counts, failures: 50, consecutiveFailures: 2 })).toBe(false);
    expect(rule.shouldTrip({ ...counts, failures: 3, consecutiveFailures: 3 })).toBe(true);
  });
});
