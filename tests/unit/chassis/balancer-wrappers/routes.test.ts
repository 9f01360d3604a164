import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createRouting, type Picker, type Route } from '../../../../src/chassis/balancer/index.ts';
import { addressOf, callInfo, pick, seededRandom } from '../balancer/fleet.ts';
import { placed, population, roundRobin } from './population.ts';

const ONE = [placed('one-a:1', { version: '1' }), placed('one-b:1', { version: '1' })];
const TWO = [placed('two-a:1', { version: '2' })];

function routing(routes: readonly Route[], over = population([...ONE, ...TWO]), seed = 1): Picker {
  return createRouting(roundRobin(), routes, seededRandom(seed))(over);
}

function shareOfTwo(picker: Picker, calls: number, header?: (n: number) => string): number {
  let count = 0;
  for (let n = 0; n < calls; n++) {
    const info = callInfo(header === undefined ? {} : { headers: { 'x-user': header(n) } });
    if (addressOf(picker, info).startsWith('two')) count++;
  }
  return count / calls;
}

describe('createRouting', () => {
  it('splits calls by weight, whatever the weights', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer(),
        (two, one, seed) => {
          const split = [
            { version: '2', weight: two },
            { version: '1', weight: one },
          ];
          const expected = two / (two + one);
          const deviation = Math.sqrt((expected * (1 - expected)) / 4_000);
          const share = shareOfTwo(routing([{ to: split }], undefined, seed), 4_000);
          expect(Math.abs(share - expected)).toBeLessThanOrEqual(6 * deviation);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('uses the first route that a call matches, and any version for calls that match none', () => {
    const picker = routing([
      { when: { header: { name: 'x-canary', value: 'yes' } }, to: [{ version: '2', weight: 1 }] },
      { when: { method: '/a/B' }, to: [{ version: '1', weight: 1 }] },
      { when: { method: '/c/*' }, to: [{ version: '2', weight: 1 }] },
    ]);
    const addresses = (info: Parameters<typeof callInfo>[0]) =>
      new Set(Array.from({ length: 20 }, () => addressOf(picker, callInfo(info))));
    expect(addresses({ headers: { 'x-canary': 'yes' } })).toEqual(new Set(['two-a:1']));
    expect(addresses({ headers: { 'x-canary': 'no' } })).toEqual(new Set(['one-a:1', 'one-b:1']));
    expect(addresses({ method: '/c/D' })).toEqual(new Set(['two-a:1']));
    expect(addresses({ method: '/e/F' })).toEqual(new Set(['one-a:1', 'one-b:1', 'two-a:1']));
  });

  it('asks for the method and the header where a route names both', () => {
    const when = { method: '/a/B', header: { name: 'x-canary', value: 'yes' } };
    const picker = routing([{ when, to: [{ version: '2', weight: 1 }] }, { to: [{ version: '1', weight: 1 }] }]);
    expect(addressOf(picker, callInfo({ method: '/c/D', headers: { 'x-canary': 'yes' } }))).toMatch(/^one/);
    expect(addressOf(picker, callInfo({ headers: { 'x-canary': 'yes' } }))).toMatch(/^two/);
  });

  it('keeps the calls of one header value with one version, and moves users only towards the one that grows', () => {
    const withCanary = (weight: number, seed: number) =>
      routing(
        [
          {
            to: [
              { version: '2', weight },
              { version: '1', weight: 100 - weight },
            ],
            by: { header: 'x-user' },
          },
        ],
        undefined,
        seed,
      );
    const versionOf = (picker: Picker, user: number) =>
      addressOf(picker, callInfo({ headers: { 'x-user': `user-${user}` } })).slice(0, 3);
    const five = withCanary(5, 1);
    const again = withCanary(5, 2);
    const twenty = withCanary(20, 3);
    for (let user = 0; user < 1_000; user++) {
      expect(versionOf(again, user)).toBe(versionOf(five, user));
      if (versionOf(five, user) === 'two') expect(versionOf(twenty, user)).toBe('two');
    }
    expect(shareOfTwo(five, 5_000, (n) => `user-${n}`)).toBeCloseTo(0.05, 1);
    expect(shareOfTwo(twenty, 5_000, (n) => `user-${n}`)).toBeCloseTo(0.2, 1);
    expect(shareOfTwo(twenty, 4_000)).toBeCloseTo(0.2, 1); // without the header they are drawn
  });

  it('never goes outside the versions of a route while one of them can be picked', () => {
    const versions = fc.constantFrom('1', '2', '3');
    fc.assert(
      fc.property(
        fc.array(versions, { minLength: 1, maxLength: 8 }),
        fc.uniqueArray(fc.record({ version: versions, weight: fc.integer({ min: 0, max: 3 }) }), {
          minLength: 1,
          selector: ({ version }) => version,
        }),
        (fleet, to) => {
          const ready = fleet.map((version, n) => placed(`${version}-${n}:1`, { version }));
          const allowed = to.filter(({ weight }) => weight > 0).map(({ version }) => version);
          const picker = routing([{ to }], population(ready));
          const isPossible = fleet.some((version) => allowed.includes(version));
          for (let n = 0; n < 20; n++) {
            const avoid = ready[n % ready.length]?.subchannel;
            const version = addressOf(picker, callInfo({ avoid })).split('-')[0]!;
            if (isPossible) expect(allowed).toContain(version);
          }
        },
      ),
    );
  });

  it('passes the share of a version with nobody to pick on to the others, and goes anywhere when there is none', () => {
    const to = [
      { version: '3', weight: 99 },
      { version: '2', weight: 1 },
    ];
    expect(shareOfTwo(routing([{ to }]), 50)).toBe(1);
    expect(shareOfTwo(routing([{ to: [{ version: '3', weight: 1 }] }]), 300)).toBeCloseTo(1 / 3, 1);
  });

  it('waits on a strict route while one of its versions may come, and fails when none will', () => {
    const route = { to: [{ version: '3', weight: 1 }], strict: true };
    const three = placed('three:1', { version: '3' });
    expect(routing([route], population(ONE, { pending: [three] })).pick(callInfo()).kind).toBe('queue');
    const result = routing([route]).pick(callInfo());
    expect(result).toMatchObject({ kind: 'fail', error: { status: 'UNAVAILABLE', reason: 'NO_ENDPOINTS' } });
  });

  it('sends a retry to another version of the route when its own has nobody else', () => {
    const to = [
      { version: '2', weight: 99 },
      { version: '1', weight: 1 },
    ];
    const picker = routing([{ to }]);
    const failed = pick(picker, callInfo()).subchannel;
    expect(failed.address).toBe('two-a:1');
    for (let n = 0; n < 20; n++) expect(addressOf(picker, callInfo({ avoid: failed }))).toMatch(/^one/);
  });
});
