import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { addressOf, equalFleet, fleet, pick, policyOf, type Picked } from './fleet.ts';

describe('createLeastRequest', () => {
  const addressesOf = (picked: readonly Picked[]) => picked.map(({ subchannel }) => subchannel.address);

  it('takes the one of two with fewer calls in flight', () => {
    const policy = policyOf({ kind: 'least_request' });
    const picker = policy.createPicker(equalFleet(2));
    const first = pick(picker);
    first.onStart?.(0);
    expect(policy.describe?.(first.subchannel.address)).toEqual({ inFlight: 1 });
    const others = Array.from({ length: 20 }, () => pick(picker));
    expect(addressesOf(others)).not.toContain(first.subchannel.address);
    first.onEnd?.(0, 1, 1);
    expect(new Set(Array.from({ length: 50 }, () => addressOf(picker))).size).toBe(2);
  });

  it('counts a call that an older picker began, until it ends, and not below zero', () => {
    const ready = equalFleet(2);
    const policy = policyOf({ kind: 'least_request' });
    const call = pick(policy.createPicker(ready));
    call.onStart?.(0);
    const picker = policy.createPicker(ready);
    expect(addressesOf(Array.from({ length: 20 }, () => pick(picker)))).not.toContain(call.subchannel.address);
    call.onEnd?.(14, 1, 1);
    const after = policy.createPicker(ready);
    const counts = Array.from({ length: 400 }, () => addressOf(after));
    expect(counts.filter((address) => address === call.subchannel.address).length).toBeGreaterThan(100);
    expect(counts.filter((address) => address !== call.subchannel.address).length).toBeGreaterThan(100);
  });

  it('begins anew with an endpoint that left for good and came back, while its old calls still end', () => {
    const ready = equalFleet(2);
    const policy = policyOf({ kind: 'least_request' });
    const call = pick(policy.createPicker(ready));
    call.onStart?.(0);
    policy.forget?.(call.subchannel.address);
    const picker = policy.createPicker(ready);
    expect(new Set(Array.from({ length: 50 }, () => addressOf(picker))).size).toBe(2);
    call.onEnd?.(0, 1, 1);
    expect(new Set(Array.from({ length: 50 }, () => addressOf(picker))).size).toBe(2);
  });

  it('keeps the calls in flight of equal endpoints close together, far closer than chance would', () => {
    const scene = fc.record({ size: fc.integer({ min: 2, max: 30 }), perEndpoint: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(scene, fc.integer(), ({ size, perEndpoint }, seed) => {
        const counts = inFlight(Array<number>(size).fill(100), size * perEndpoint, seed);
        // Two choices leave the greatest above the mean by ln ln n / ln 2 and a constant. Source: Berenbrink et al., 2000.
        expect(Math.max(...counts)).toBeLessThanOrEqual(perEndpoint + 4);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('shares the calls in flight out by weight', () => {
    const [light, middle, heavy] = inFlight([50, 100, 200], 700, 5);
    expect(Math.abs(light! - 100)).toBeLessThan(20);
    expect(Math.abs(middle! - 200)).toBeLessThan(20);
    expect(Math.abs(heavy! - 400)).toBeLessThan(20);
  });

  function inFlight(weights: readonly number[], calls: number, seed: number): readonly number[] {
    const ready = fleet(weights);
    const picker = policyOf({ kind: 'least_request' }, { seed }).createPicker(ready);
    const counts = new Map(ready.map(({ endpoint: { address } }) => [address, 0]));
    for (let n = 0; n < calls; n++) {
      const result = pick(picker);
      result.onStart?.(0);
      counts.set(result.subchannel.address, counts.get(result.subchannel.address)! + 1);
    }
    return [...counts.values()];
  }
});
