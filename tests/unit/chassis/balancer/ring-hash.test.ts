import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Picker, PolicyConfig, ReadyEndpoint } from '../../../../src/chassis/balancer/index.ts';
import { addressOf, callInfo, countPicks, endpoint, equalFleet, fleet, pick, policyOf } from './fleet.ts';

const HASHED: PolicyConfig = { kind: 'ring_hash', header: 'x-user' };
const KEYS = Array.from({ length: 300 }, (_, n) => `user ${n}`);
const byHeader = (key: string) => callInfo({ headers: { 'x-user': key } });
const owners = (picker: Picker) => KEYS.map((key) => addressOf(picker, byHeader(key)));
const pickerOver = (ready: readonly ReadyEndpoint[], seed = 1) => policyOf(HASHED, { seed }).createPicker(ready);

describe('createRingHash', () => {
  const fleets = fc
    .uniqueArray(fc.record({ host: fc.nat(9_999), weight: fc.integer({ min: 1, max: 300 }) }), {
      minLength: 2,
      maxLength: 12,
      selector: ({ host }) => host,
    })
    .map((hosts) => hosts.map(({ host, weight }) => endpoint(`10.1.0.1:${host}`, weight)));

  it('sends calls of one key to one endpoint, the same one in every client, whatever the order of the list', () => {
    fc.assert(
      fc.property(fleets, fc.integer(), (ready, seed) => {
        expect(owners(pickerOver([...ready].reverse(), seed))).toEqual(owners(pickerOver(ready)));
      }),
    );
  });

  it('gives a point that two endpoints have to the same one of them, whatever the order of the list', () => {
    const ready = [endpoint('10.1.0.1:1172'), endpoint('10.1.0.1:550')]; // their points 10 and 66 are at 3,179,973,461
    const keys = Array.from({ length: 5_000 }, (_, n) => byHeader(`user ${n}`));
    const [one, other] = [pickerOver(ready), pickerOver([...ready].reverse())];
    expect(keys.filter((key) => addressOf(one, key) !== addressOf(other, key))).toEqual([]);
  });

  it('has a place for the lightest endpoint, also where all are light', () => {
    const picker = policyOf({ ...HASHED, virtualNodes: 1 }).createPicker(fleet([1, 2, 3]));
    expect(new Set(owners(picker)).size).toBe(3);
  });

  it('moves only the keys of the endpoint that leaves, and keys only to the one that joins', () => {
    fc.assert(
      fc.property(fleets, fc.nat(), (ready, index) => {
        const gone = ready[index % ready.length]!;
        const all = owners(pickerOver(ready));
        const rest = owners(pickerOver(ready.filter((one) => one !== gone)));
        const moved = all.filter((owner, key) => rest[key] !== owner);
        expect(moved).toEqual(all.filter((owner) => owner === gone.endpoint.address));
      }),
    );
  });

  it('moves keys only towards an endpoint that becomes heavier', () => {
    fc.assert(
      fc.property(fleets, fc.nat(), fc.integer({ min: 1, max: 300 }), (ready, index, more) => {
        const at = index % ready.length;
        const { address, weight } = ready[at]!.endpoint;
        const before = owners(pickerOver(ready));
        const after = owners(pickerOver(ready.with(at, endpoint(address, weight + more))));
        const moved = after.filter((owner, key) => before[key] !== owner);
        expect(moved).toEqual(moved.map(() => address));
      }),
    );
  });

  it('spreads keys by weight', () => {
    const ready = fleet([100, 100, 200, 400]);
    const picker = pickerOver(ready);
    const counts = new Map(ready.map((one) => [one.endpoint.address, 0]));
    for (let n = 0; n < 8_000; n++) {
      const address = addressOf(picker, byHeader(`${n}`));
      counts.set(address, counts.get(address)! + 1);
    }
    [1_000, 1_000, 2_000, 4_000].forEach((expected, index) => {
      const count = [...counts.values()][index]!;
      expect(count).toBeGreaterThan(0.7 * expected);
      expect(count).toBeLessThan(1.3 * expected);
    });
  });

  it('keeps calls of one affinity together when the header is absent, and spreads those that have neither', () => {
    const ready = equalFleet(5);
    const picker = pickerOver(ready);
    const at = (peer: string) => addressOf(picker, callInfo({ affinity: peer }));
    const both = (key: string) => callInfo({ affinity: 'another', headers: { 'x-user': key } });
    expect(KEYS.map(at)).toEqual(owners(picker));
    expect(KEYS.map((key) => addressOf(picker, both(key)))).toEqual(owners(picker));
    for (const count of countPicks(picker, ready, 5_000)) expect(Math.abs(count - 1_000)).toBeLessThan(400);
    const byAffinity = policyOf({ kind: 'ring_hash' }).createPicker(ready);
    expect(KEYS.map((key) => addressOf(byAffinity, callInfo({ affinity: key })))).toEqual(owners(picker));
  });

  it('keeps everybody within the bound, however many calls have the same key', () => {
    const scene = fc.record({
      weights: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 10 }),
      factor: fc.double({ min: 1.01, max: 3, noNaN: true }),
      calls: fc.array(fc.record({ key: fc.nat(3), endsOne: fc.boolean(), renews: fc.nat(20) }), { maxLength: 300 }),
    });
    fc.assert(
      fc.property(scene, ({ weights, factor, calls }) => {
        const ready = fleet(weights);
        const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
        const policy = policyOf({ ...HASHED, maxLoadFactor: factor });
        let picker = policy.createPicker(ready);
        const underWay: ReturnType<typeof pick>[] = [];
        for (const { key, endsOne, renews } of calls) {
          if (endsOne) underWay.shift()?.onEnd?.(0, 1, 1);
          if (renews === 0) picker = policy.createPicker(ready);
          const result = pick(picker, byHeader(`key ${key}`));
          result.onStart?.(0);
          underWay.push(result);
          const { subchannel } = result;
          const { weight } = ready.find((one) => one.subchannel === subchannel)!.endpoint;
          const holds = underWay.filter((call) => call.subchannel === subchannel).length;
          expect(holds).toBeLessThanOrEqual(Math.ceil((factor * underWay.length * weight) / totalWeight));
        }
      }),
    );
  });

  it('comes back to the key’s own endpoint once there is room', () => {
    const picker = pickerOver(equalFleet(4));
    const home = addressOf(picker, byHeader('busy'));
    const calls = Array.from({ length: 40 }, () => {
      const result = pick(picker, byHeader('busy'));
      result.onStart?.(0);
      return result;
    });
    expect(addressOf(picker, byHeader('busy'))).not.toBe(home);
    for (const call of calls) call.onEnd?.(0, 1, 1);
    expect(addressOf(picker, byHeader('busy'))).toBe(home);
  });

  it('holds a ring of 1,000 endpoints, one of them of a senseless weight', () => {
    const ready = fleet([1_000_000_000, ...Array<number>(999).fill(100)]);
    expect(owners(pickerOver(ready))).toEqual(owners(pickerOver([...ready].reverse())));
  });
});
