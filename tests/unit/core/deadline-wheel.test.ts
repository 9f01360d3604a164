import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createDeadlineWheel, type DeadlineEntry } from '../../../src/chassis/core/index.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function setUp() {
  const clock = createManualClock();
  let timers = 0;
  const wheel = createDeadlineWheel({
    ...clock,
    setTimer(ms, callback) {
      timers += 1;
      return clock.setTimer(ms, callback);
    },
  });
  const expired: [deadlineMs: number, atMs: number][] = [];
  const entry = (deadlineMs: number, then: () => void = () => undefined): DeadlineEntry => ({
    deadlineMs,
    expire() {
      expired.push([deadlineMs, clock.monotonicMs()]);
      then();
    },
    wheelTick: 0,
    wheelNext: undefined,
    wheelPrevious: undefined,
  });
  const add = (deadlineMs: number, then?: () => void) => {
    const added = entry(deadlineMs, then);
    wheel.add(added);
    return added;
  };
  return { clock, wheel, expired, add, timers: () => timers };
}

describe('createDeadlineWheel', () => {
  it('expires each entry at its deadline or within two milliseconds after it, and nothing that was removed', () => {
    const deadlines = fc.array(
      fc.record({ ms: fc.double({ min: 0.1, max: 30_000, noNaN: true }), isRemoved: fc.boolean() }),
    );
    fc.assert(
      fc.property(deadlines, fc.integer({ min: 1, max: 999 }), (entries, step) => {
        const { clock, wheel, expired, add } = setUp();
        const kept: number[] = [];
        for (const { ms, isRemoved } of entries) {
          const added = add(ms);
          if (isRemoved) wheel.remove(added);
          else kept.push(ms);
        }
        for (let passed = 0; passed < 31_000; passed += step) clock.advance(step);
        expect(expired.map(([deadlineMs]) => deadlineMs).sort((a, b) => a - b)).toEqual(kept.sort((a, b) => a - b));
        for (const [deadlineMs, atMs] of expired) {
          expect(atMs).toBeGreaterThanOrEqual(deadlineMs);
          expect(atMs).toBeLessThanOrEqual(deadlineMs + 2);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('sets one timer for calls that all end in time, however many there are', () => {
    const { clock, wheel, expired, add, timers } = setUp();
    for (let call = 0; call < 1_000; call += 1) {
      const entry = add(clock.monotonicMs() + 5_000);
      clock.advance(1);
      wheel.remove(entry);
    }
    expect(timers()).toBe(1);
    expect(expired).toEqual([]);
  });

  it('bears entries that are removed and added while others expire', () => {
    const { clock, wheel, expired, add } = setUp();
    const later = add(10);
    add(10, () => {
      wheel.remove(later);
      wheel.remove(later);
      add(20);
    });
    clock.advance(30);
    expect(expired.map(([deadlineMs]) => deadlineMs)).toEqual([10, 20]);
  });

  it('sleeps until a deadline that is many turns of the wheel ahead', () => {
    const { clock, expired, add, timers } = setUp();
    add(60_000);
    clock.advance(59_999);
    expect([expired.length, timers()]).toEqual([0, 1]);
    clock.advance(3);
    expect(expired).toHaveLength(1);
  });

  it('is silent once it is closed', () => {
    const { clock, wheel, expired, add } = setUp();
    add(10);
    wheel.close();
    add(5);
    clock.advance(100);
    expect(expired).toEqual([]);
  });
});
