import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { POLICY_KINDS, type PolicyConfig, type PolicyKind } from '../../../../src/chassis/balancer/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { addressOf, callInfo, countPicks, endpoint, equalFleet, fleet, pick, policyOf, type Picked } from './fleet.ts';

const ALL: readonly PolicyConfig[] = POLICY_KINDS.map((kind) => ({ kind }));
const without = (...kinds: readonly PolicyKind[]) => ALL.filter(({ kind }) => !kinds.includes(kind));
/** Chance is drawn from a seed that fast-check chooses: one of its own, so that a rare bad draw is no flaky test. */
const FIXED = { seed: 20, numRuns: 40 } as const;
const seeds = fc.integer();

describe.each(ALL)('$kind', (config) => {
  it('avoids where the attempt before failed when there is another, whatever is in flight', () => {
    const scene = fc.record({
      seed: seeds,
      weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 9 }),
      bad: fc.nat(),
    });
    fc.assert(
      fc.property(scene, ({ seed, weights, bad }) => {
        const ready = fleet(weights);
        const avoid = ready[bad % ready.length]!.subchannel;
        const picker = policyOf(config, { seed }).createPicker(ready);
        for (let n = 0; n < 30; n++) {
          const result = pick(picker, callInfo({ avoid, affinity: `key ${n}` }));
          expect(result.subchannel).not.toBe(avoid);
          result.onStart?.(0);
          pick(picker).onStart?.(0);
        }
      }),
    );
  });

  it('takes the avoided one again when it is the only one', () => {
    const [only] = equalFleet(1);
    expect(addressOf(policyOf(config).createPicker([only!]), callInfo({ avoid: only!.subchannel }))).toBe('10.0.0.0:1');
  });

  it('is not disturbed by an avoided subchannel that is none of its own', () => {
    const ready = equalFleet(3);
    const picker = policyOf(config).createPicker(ready);
    const gone = endpoint('10.9.9.9:1').subchannel;
    for (let n = 0; n < 20; n++)
      expect(ready.map((one) => one.subchannel)).toContain(pick(picker, callInfo({ avoid: gone })).subchannel);
  });

  it('makes no new result for a pick', () => {
    const picker = policyOf(config).createPicker(equalFleet(3));
    const results = new Set<Picked>();
    for (let n = 0; n < 500; n++) results.add(pick(picker, callInfo({ affinity: `key ${n}` })));
    expect(results.size).toBeLessThanOrEqual(3);
  });

  it('gives the subchannel of the picker it is asked for, when an address has got another one', () => {
    const policy = policyOf(config);
    const [before, after] = [endpoint('10.0.0.0:1'), endpoint('10.0.0.0:1')];
    const oldPicker = policy.createPicker([before]);
    const newPicker = policy.createPicker([after]);
    expect(pick(oldPicker).subchannel).toBe(before.subchannel);
    expect(pick(newPicker).subchannel).toBe(after.subchannel);
  });
});

describe.each(without('pick_first'))('$kind, for a fleet', (config) => {
  it('starves nobody: everyone of a positive weight is picked within a bounded number of picks', () => {
    const weights = fc.array(fc.integer({ min: 20, max: 200 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, seeds, fc.nat(6), (weights, seed, underWay) => {
        const clock = createManualClock();
        const ready = fleet(weights);
        const picker = policyOf(config, { seed, clock }).createPicker(ready);
        const last = new Map(ready.map(({ endpoint: { address } }) => [address, 0]));
        const calls: Picked[] = [];
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const bound = (30 * total) / Math.min(...weights);
        const picks = Math.ceil(3 * bound);
        let longestGap = 0;
        const seen = (address: string, n: number) => {
          longestGap = Math.max(longestGap, n - (last.get(address) ?? NaN));
          last.set(address, n);
        };
        for (let n = 1; n <= picks; n++) {
          clock.advance(1);
          const result = pick(picker);
          result.onStart?.(clock.monotonicMs());
          calls.push(result);
          if (calls.length > underWay) calls.shift()!.onEnd?.(0, underWay, clock.monotonicMs());
          seen(result.subchannel.address, n);
        }
        for (const address of last.keys()) seen(address, picks);
        expect(longestGap).toBeLessThan(bound);
      }),
      FIXED,
    );
  });
});

describe.each(without('pick_first', 'round_robin'))('$kind, with weights', (config) => {
  it('gives nothing to a weight of 0, not even a retry', () => {
    const ready = fleet([100, 0, 50, 0]);
    const picker = policyOf(config).createPicker(ready);
    const [most, none, some, noneEither] = countPicks(picker, ready, 2_000);
    expect([none, noneEither]).toEqual([0, 0]);
    expect(Math.min(most!, some!)).toBeGreaterThan(300);

    const single = fleet([100, 0]);
    const retried = policyOf(config).createPicker(single);
    expect(addressOf(retried, callInfo({ avoid: single[0]!.subchannel }))).toBe('10.0.0.0:1');
  });

  it('treats everybody alike when all weigh 0', () => {
    const ready = fleet([0, 0, 0, 0]);
    for (const count of countPicks(policyOf(config).createPicker(ready), ready, 4_000)) {
      expect(count).toBeGreaterThan(600);
    }
  });
});

describe.each(without('pick_first', 'ring_hash', 'round_robin'))('$kind, with calls made one at a time', (config) => {
  it('follows the weights', () => {
    const scene = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(scene, seeds, (weights, seed) => {
        const ready = fleet(weights);
        const picks = 10_000;
        const counts = countPicks(policyOf(config, { seed }).createPicker(ready), ready, picks);
        expect(chiSquare(counts, weights)).toBeLessThan(limit(weights.length - 1));
      }),
      FIXED,
    );
  });
});

/** How far counts are from what the weights expect. */
function chiSquare(counts: readonly number[], weights: readonly number[]): number {
  const picks = counts.reduce((sum, count) => sum + count, 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return counts.reduce((sum, count, index) => {
    const expected = (picks * weights[index]!) / total;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

/** Exceeded by fair chance about once in 10,000. Source: Wilson and Hilferty's approximation of the chi-square quantile. */
function limit(degrees: number): number {
  const part = 2 / (9 * degrees);
  return degrees * (1 - part + 3.72 * Math.sqrt(part)) ** 3;
}
