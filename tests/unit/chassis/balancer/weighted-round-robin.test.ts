import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createPolicy, type Picker, type ReadyEndpoint } from '../../../../src/chassis/balancer/index.ts';
import { systemRandom } from '../../../../src/chassis/core/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { addressOf, callInfo, countPicks, endpoint, fleet, pick, policyOf } from './fleet.ts';

const [a, b, c] = ['a', 'b', 'c'] as const;
const sequence = (picker: Picker, picks: number) => Array.from({ length: picks }, () => addressOf(picker)).join('');
/** Starts exactly at the beginning of the rotation. */
const plain = (clock = createManualClock()) =>
  createPolicy({ kind: 'weighted_round_robin' }, { clock, random: { ...systemRandom, next: () => 0.5 } });

describe('createWeightedRoundRobin', () => {
  const weightLists = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 });

  it('spreads the picks of a heavy endpoint, as nginx does', () => {
    expect(sequence(plain().createPicker([endpoint(a, 5), endpoint(b, 1), endpoint(c, 1)]), 14)).toBe('aabacaaaabacaa');
  });

  it('gives everybody exactly its weight in each cycle', () => {
    fc.assert(
      fc.property(weightLists, (weights) => {
        const ready = fleet(weights);
        const picker = plain().createPicker(ready);
        const cycle = weights.reduce((sum, weight) => sum + weight, 0);
        for (let n = 0; n < 3; n++) expect(countPicks(picker, ready, cycle)).toEqual(weights);
      }),
    );
  });

  it('is never far from the share of anybody, wherever it starts: no bursts', () => {
    fc.assert(
      fc.property(weightLists, fc.integer(), (weights, seed) => {
        expect(farthestFromShare(policyOf({ kind: 'weighted_round_robin' }, { seed }), weights, 500)).toBeLessThan(2);
      }),
    );
  });

  it('keeps whose turn it is over changes of the list, so that changes leave the shares alone', () => {
    fc.assert(
      fc.property(weightLists, fc.integer(), fc.integer({ min: 1, max: 7 }), (weights, seed, everyPicks) => {
        const policy = policyOf({ kind: 'weighted_round_robin' }, { seed });
        expect(farthestFromShare(policy, weights, 500, everyPicks)).toBeLessThan(2);
      }),
    );
  });

  it('gives newcomers their share, however many have left with what they had coming', () => {
    const policy = policyOf({ kind: 'weighted_round_robin' });
    let ready = fleet([100, 100, 100]);
    for (let n = 0; n < 200; n++) {
      const last = addressOf(policy.createPicker(ready));
      policy.forget?.(last); // it has just had its turn: the others are owed theirs
      ready = [...ready.filter((one) => one.endpoint.address !== last), endpoint(`10.1.0.${n}:1`)];
    }
    const newcomer = endpoint('10.2.0.1:1');
    const counts = countPicks(policy.createPicker([...ready, newcomer]), [...ready, newcomer], 40);
    for (const count of counts) expect(Math.abs(count - 10)).toBeLessThan(3);
  });

  it('begins with another endpoint in another client', () => {
    const ready = fleet([100, 100, 100, 100, 100]);
    const firsts = Array.from({ length: 100 }, (_, seed) =>
      addressOf(policyOf({ kind: 'weighted_round_robin' }, { seed }).createPicker(ready)),
    );
    expect(new Set(firsts).size).toBe(5);
  });

  it('leaves the turns alone for a retry', () => {
    const ready = [endpoint(a, 1), endpoint(b, 1)];
    const picker = plain().createPicker(ready);
    const first = Array.from({ length: 100 }, () => {
      const { subchannel } = pick(picker);
      if (subchannel === ready[0]!.subchannel) addressOf(picker, callInfo({ avoid: subchannel }));
      return subchannel.address;
    });
    expect(first.filter((address) => address === a)).toHaveLength(50);
  });

  describe('with a new instance', () => {
    it('ramps it up from the floor to its whole weight', () => {
      const clock = createManualClock();
      const policy = plain(clock);
      const old = [endpoint(a), endpoint(b)];
      policy.createPicker(old);
      clock.advance(60_000);
      const ready = [...old, endpoint(c)];
      const picker = policy.createPicker(ready);
      const share = () => countPicks(picker, ready, 210)[2]!;
      expect(policy.describe?.(c)).toEqual({ readyForMs: 0, slowStartShare: 0.1 });
      const shares = [0, 2_500, 5_000, 7_500, 10_000].map((atMs, index, all) => {
        clock.advance(atMs - (all[index - 1] ?? 0));
        return share();
      });
      // 210 picks over weights 100, 100 and 10, 25, 50, 75, 100
      [10, 23, 42, 57, 70].forEach((expected, index) => expect(Math.abs(shares[index]! - expected)).toBeLessThan(3));
      expect(policy.describe?.(c)).toEqual({ readyForMs: 10_000, slowStartShare: 1 });
      clock.advance(100_000);
      expect(Math.abs(share() - 70)).toBeLessThan(2);
    });

    it('goes on ramping when the list changes meanwhile', () => {
      const clock = createManualClock();
      const policy = plain(clock);
      policy.createPicker([endpoint(a)]);
      clock.advance(60_000);
      policy.createPicker([endpoint(a), endpoint(b)]);
      clock.advance(5_000);
      const ready = [endpoint(a), endpoint(b)];
      const [, half] = countPicks(policy.createPicker(ready), ready, 300);
      expect(Math.abs(half! - 100)).toBeLessThan(4);
    });

    it('ramps again an instance that started anew at its address, and one that left and came back', () => {
      const clock = createManualClock();
      const policy = plain(clock);
      const before = [endpoint(a), endpoint(b), endpoint(c)];
      policy.createPicker(before);
      clock.advance(60_000);
      const restarted: ReadyEndpoint = { ...before[1]!, endpoint: { ...before[1]!.endpoint, startedAt: 'now' } };
      policy.forget?.(c);
      const ready = [before[0]!, restarted, before[2]!];
      const counts = countPicks(policy.createPicker(ready), ready, 120);
      [100, 10, 10].forEach((expected, index) => expect(Math.abs(counts[index]! - expected)).toBeLessThan(4));
    });

    it('takes nobody for new when the client itself has just started', () => {
      const clock = createManualClock();
      const policy = plain(clock);
      policy.createPicker([endpoint(a)]);
      clock.advance(200); // its other connections are ready a moment later
      const ready = [endpoint(a), endpoint(b), endpoint(c)];
      const picker = policy.createPicker(ready);
      for (const waitMs of [0, 2_000, 5_000, 10_000]) {
        clock.advance(waitMs);
        for (const count of countPicks(picker, ready, 300)) expect(Math.abs(count - 100)).toBeLessThan(8);
      }
    });
  });
});

/** The greatest distance, over all picks, between what somebody has got and what its weight says, in picks. */
function farthestFromShare(
  policy: ReturnType<typeof policyOf>,
  weights: readonly number[],
  picks: number,
  renewEvery = Infinity,
): number {
  const ready = fleet(weights);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const counts = new Map(ready.map((one) => [one.endpoint.address, 0]));
  let picker = policy.createPicker(ready);
  let farthest = 0;
  for (let n = 1; n <= picks; n++) {
    if (n % renewEvery === 0) picker = policy.createPicker(ready);
    const address = addressOf(picker);
    counts.set(address, counts.get(address)! + 1);
    ready.forEach((one) => {
      const due = (n * one.endpoint.weight) / total;
      farthest = Math.max(farthest, Math.abs(counts.get(one.endpoint.address)! - due));
    });
  }
  return farthest;
}
