import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createZonePreference, type ReadyEndpoint } from '../../../../src/chassis/balancer/index.ts';
import { addressOf, callInfo, seededRandom } from '../balancer/fleet.ts';
import { placed, population, roundRobin } from './population.ts';

const zoneOf = (zone: string, count: number, weight = 100) =>
  Array.from({ length: count }, (_, n) => placed(`${zone}-${n}:1`, { zone, weight }));

function shareAtHome(
  known: readonly ReadyEndpoint[],
  pickable = known,
  { zone = 'a', calls = 4_000 }: { zone?: string; calls?: number } = {},
): number {
  const over = createZonePreference(roundRobin(), zone, { spillOverBelow: 0.7 }, seededRandom(1));
  const picker = over(population(known, { pickable }));
  let home = 0;
  for (let n = 0; n < calls; n++) if (addressOf(picker).startsWith(`${zone}-`)) home++;
  return home / calls;
}

describe('createZonePreference', () => {
  const a = zoneOf('a', 3);
  const b = zoneOf('b', 3);

  it('stays in its own zone while enough of it can be picked', () => {
    expect(shareAtHome([...a, ...b])).toBe(1);
    expect(shareAtHome([...zoneOf('a', 4), ...zoneOf('b', 4)], [...zoneOf('a', 4).slice(1), ...zoneOf('b', 4)])).toBe(
      1,
    );
  });

  it('sends away what the rest of its zone cannot carry', () => {
    expect(shareAtHome([...a, ...b], [...a.slice(1), ...b])).toBeCloseTo(2 / 3 / 0.7, 1);
    expect(shareAtHome([...a, ...b], [...a.slice(2), ...b])).toBeCloseTo(1 / 3 / 0.7, 1);
    expect(shareAtHome([...a, ...b], b)).toBe(0);
  });

  it('misses those too whom the registry no longer lists', () => {
    const rest = [...a.slice(2), ...b];
    expect(shareAtHome(rest)).toBeCloseTo(1 / (0.7 * 2), 1); // one of an even share of two
  });

  it('goes anywhere from a zone that has nobody, and stays where nobody else is', () => {
    expect(shareAtHome([...a, ...b], undefined, { zone: 'c' })).toBe(0);
    expect(shareAtHome([...a, ...b], a.slice(2))).toBe(1);
  });

  it('leaves a zone whose endpoints were all given the weight 0', () => {
    expect(shareAtHome([...zoneOf('a', 2, 0), ...b])).toBe(0);
  });

  it('sends a retry elsewhere when only the endpoint that failed is at home', () => {
    const known = [...zoneOf('a', 1), ...zoneOf('b', 1)];
    const picker = createZonePreference(roundRobin(), 'a', { spillOverBelow: 0.7 }, seededRandom(1))(population(known));
    expect(addressOf(picker)).toBe('a-0:1');
    for (let n = 0; n < 10; n++) expect(addressOf(picker, callInfo({ avoid: known[0]!.subchannel }))).toBe('b-0:1');
  });

  it('picks none but the pickable, however zones, weights and states lie', () => {
    const one = fc.record({
      zone: fc.constantFrom('a', 'b', 'c'),
      weight: fc.integer({ min: 0, max: 200 }),
      isPickable: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 10 }), (all) => {
        fc.pre(all.some(({ isPickable }) => isPickable));
        const known = all.map((given, n) => placed(`${n}:1`, given));
        const pickable = known.filter((_, n) => all[n]!.isPickable);
        const over = createZonePreference(roundRobin(), 'a', { spillOverBelow: 0.7 }, seededRandom(1));
        const picker = over(population(known, { pickable }));
        const allowed = pickable.map(({ endpoint }) => endpoint.address);
        for (let n = 0; n < 30; n++) {
          expect(allowed).toContain(addressOf(picker, callInfo({ avoid: known[n % known.length]!.subchannel })));
        }
      }),
    );
  });
});
