import { describe, it } from '@jest/globals';
import fc from 'fast-check';

import { createAdaptiveBreaker } from '../../../../../src/chassis/resilience/index.ts';
import { createManualClock } from '../../../../support/manual-clock.ts';

const PROBE_EVERY_MS = 100;

const calls = fc.array(
  fc.record({
    waitMs: fc.nat({ max: 30 }),
    outcome: fc.constantFrom('success' as const, 'failure' as const, 'failure' as const, 'ignored' as const),
    /** So many calls later: results come in any order. */
    toldAfter: fc.nat({ max: 5 }),
  }),
  { minLength: 50, maxLength: 400, size: 'max' },
);

describe('createAdaptiveBreaker, in any interleaving', () => {
  it('refuses with a probability below 1, and lets one through in each period though every die says no', () => {
    fc.assert(
      fc.property(calls, (all) => {
        const clock = createManualClock();
        const breaker = createAdaptiveBreaker(
          { probeEveryMs: PROBE_EVERY_MS, tolerated: 2 },
          { clock, random: { next: () => 0 } },
        );
        const untold: {
          readonly generation: number;
          readonly at: number;
          readonly outcome: 'success' | 'failure' | 'ignored';
        }[] = [];
        let passedAtMs = -Infinity;
        all.forEach(({ waitMs, outcome, toldAfter }, index) => {
          clock.advance(waitMs);
          const generation = breaker.tryEnter();
          const isDue = clock.monotonicMs() - passedAtMs >= PROBE_EVERY_MS;
          if (isDue && generation === undefined) throw new Error('nobody passed for a whole period');
          if (generation !== undefined) {
            passedAtMs = clock.monotonicMs();
            untold.push({ generation, at: index + toldAfter, outcome });
          }
          for (const one of untold.filter(({ at }) => at === index)) breaker.record(one.generation, one.outcome);
          const { state } = breaker;
          if (state.kind !== 'throttling') return;
          const { rejectProbability: part } = state;
          if (part < 0 || part >= 1) throw new Error(`refuses with probability ${part}`);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('refuses nobody while the callee answers one of K', () => {
    const factor = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(factor, fc.array(fc.nat({ max: 200 }), { maxLength: 300 }), (callsPerAccept, waits) => {
        const clock = createManualClock();
        const breaker = createAdaptiveBreaker(
          { callsPerAccept, tolerated: callsPerAccept },
          { clock, random: { next: () => 0 } },
        );
        return waits.every((waitMs, index) => {
          clock.advance(waitMs);
          const generation = breaker.tryEnter();
          if (generation === undefined) return false;
          breaker.record(generation, index % callsPerAccept === 0 ? 'success' : 'failure');
          return true;
        });
      }),
      { numRuns: 100 },
    );
  });
});
