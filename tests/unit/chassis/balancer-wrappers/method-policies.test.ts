import { describe, expect, it } from '@jest/globals';

import { createMethodPolicies, matchesMethod, type PickerOver } from '../../../../src/chassis/balancer/index.ts';
import { addressOf, callInfo, endpoint } from '../balancer/fleet.ts';
import { population } from './population.ts';

const [a, b, c] = ['a:1', 'b:1', 'c:1'].map((address) => endpoint(address));
const only = (index: number): PickerOver => {
  return ({ pickable }) => ({ pick: () => ({ kind: 'picked', subchannel: pickable[index]!.subchannel }) });
};

describe('createMethodPolicies', () => {
  it('prefers the exact name to the service, and the service to everybody', () => {
    const over = createMethodPolicies(
      only(0),
      new Map([
        ['/x.Y/*', only(1)],
        ['/x.Y/Z', only(2)],
      ]),
    );
    const picker = over(population([a!, b!, c!]));
    const of = (method: string) => addressOf(picker, callInfo({ method }));
    expect([of('/x.Y/Z'), of('/x.Y/W'), of('/x.Other/Z'), of('/x.YZ/W')]).toEqual(['c:1', 'b:1', 'a:1', 'a:1']);
  });
});

describe('matchesMethod', () => {
  it('tells services apart whose names begin alike', () => {
    expect(matchesMethod('/x.Y/*', '/x.Y/Z')).toBe(true);
    expect(matchesMethod('/x.Y/*', '/x.YZ/Z')).toBe(false);
    expect(matchesMethod('/x.Y/Z', '/x.Y/Z')).toBe(true);
    expect(matchesMethod('/x.Y/Z', '/x.Y/ZZ')).toBe(false);
  });
});
