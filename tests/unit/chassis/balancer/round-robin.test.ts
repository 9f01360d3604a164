import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createRoundRobin, type ReadyEndpoint } from '../../../../src/chassis/balancer/index.ts';
import { systemRandom } from '../../../../src/chassis/core/index.ts';
import { addressOf, callInfo, countPicks, equalFleet, pick, policyOf } from './fleet.ts';

function picks(endpoints: readonly ReadyEndpoint[], count: number, start: number): string[] {
  const picker = createRoundRobin({ ...systemRandom, next: () => start }).createPicker(endpoints);
  return Array.from({ length: count }, () => addressOf(picker));
}

describe('createRoundRobin', () => {
  it('takes each endpoint in turn, from a random start', () => {
    expect(picks(equalFleet(3), 4, 0)).toEqual(['10.0.0.0:1', '10.0.0.1:1', '10.0.0.2:1', '10.0.0.0:1']);
    expect(picks(equalFleet(3), 2, 0.999)).toEqual(['10.0.0.2:1', '10.0.0.0:1']);
  });

  it('gives everybody the same number of picks, and one more at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(500), fc.integer(), (size, count, seed) => {
        const ready = equalFleet(size);
        const counts = countPicks(policyOf({ kind: 'round_robin' }, { seed }).createPicker(ready), ready, count);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('leaves the turns alone for a retry, so that first attempts do not all meet the failing one of two', () => {
    const ready = equalFleet(2);
    const bad = ready[0]!.subchannel;
    const picker = policyOf({ kind: 'round_robin' }).createPicker(ready);
    const first = Array.from({ length: 100 }, () => {
      const result = pick(picker);
      if (result.subchannel === bad) expect(pick(picker, callInfo({ avoid: bad })).subchannel).not.toBe(bad);
      return result.subchannel;
    });
    expect(first.filter((subchannel) => subchannel === bad)).toHaveLength(50);
  });
});
