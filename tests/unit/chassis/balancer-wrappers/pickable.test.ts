import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { pickableOf, type Candidate } from '../../../../src/chassis/balancer/index.ts';
import { endpoint } from '../balancer/fleet.ts';

const candidate = fc.record({ isServing: fc.boolean(), isEjected: fc.boolean() });
const fleetOf = (given: readonly { readonly isServing: boolean; readonly isEjected: boolean }[]): Candidate[] =>
  given.map((one, n) => ({ ...endpoint(`${n}:1`), ...one }));

const WELL = { isServing: true, isEjected: false };
const EJECTED = { isServing: true, isEjected: true };
const SICK = { isServing: false, isEjected: false };
const kinds = (given: readonly (typeof WELL)[]) => {
  const { endpoints, panic } = pickableOf(fleetOf(given), 0.25);
  return [endpoints.map(({ endpoint: { address } }) => Number.parseInt(address)), panic];
};

describe('pickableOf', () => {
  it('leaves the unhealthy and the ejected out while one of up to four is left', () => {
    expect(kinds([WELL, SICK])).toEqual([[0], 'none']);
    expect(kinds([WELL, SICK, EJECTED])).toEqual([[0], 'none']);
    expect(kinds([SICK, SICK, WELL, EJECTED])).toEqual([[2], 'none']);
  });

  it('uses the ejected before the unhealthy, and all when nobody serves', () => {
    expect(kinds([EJECTED, SICK])).toEqual([[0], 'ejected']);
    expect(kinds([SICK, SICK])).toEqual([[0, 1], 'unhealthy']);
  });

  it('does not trust a measure that leaves less than the threshold of a large fleet', () => {
    expect(kinds([WELL, ...Array<typeof WELL>(7).fill(SICK)])[1]).toBe('unhealthy');
    expect(kinds([WELL, WELL, ...Array<typeof WELL>(6).fill(SICK)])[1]).toBe('none');
  });

  it('is never empty, and without panic holds exactly those who are well', () => {
    fc.assert(
      fc.property(
        fc.array(candidate, { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (given, below) => {
          const fleet = fleetOf(given);
          const { endpoints, panic } = pickableOf(fleet, below);
          expect(endpoints.length).toBeGreaterThan(0);
          const well = fleet.filter(({ isServing, isEjected }) => isServing && !isEjected);
          if (panic === 'none') expect(endpoints).toEqual(well);
          else expect(endpoints.length).toBeGreaterThanOrEqual(well.length);
        },
      ),
    );
  });
});
