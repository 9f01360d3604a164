import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { subsetOf } from '../../../../src/chassis/balancer/index.ts';
import { placed } from './population.ts';

const endpoints = (count: number) => Array.from({ length: count }, (_, n) => placed(`10.0.0.${n}:1`, {}).endpoint);
const chosen = (client: string, size: number, from = endpoints(100)) =>
  subsetOf(from, { size, client, groupOf: ({ version }) => version }).map(({ address }) => address);

describe('subsetOf', () => {
  it('gives every endpoint about as many of many clients', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 1_000; n++) {
      for (const address of chosen(`client-${n}`, 10)) counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    // 100 each on average; the deviation of a fair draw is 9.5.
    expect(counts.size).toBe(100);
    expect(Math.max(...counts.values())).toBeLessThan(100 + 5 * 9.5);
    expect(Math.min(...counts.values())).toBeGreaterThan(100 - 5 * 9.5);
  });

  it('replaces an endpoint that leaves by one other, and gives up at most one for one that joins', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 20 }), fc.nat(99), (client, size, gone) => {
        const before = chosen(client, size);
        const after = chosen(
          client,
          size,
          endpoints(100).filter((_, n) => n !== gone),
        );
        const lost = before.filter((address) => !after.includes(address));
        const won = after.filter((address) => !before.includes(address));
        expect(after).toHaveLength(size);
        expect(lost).toEqual(before.includes(`10.0.0.${gone}:1`) ? [`10.0.0.${gone}:1`] : []);
        expect(won).toHaveLength(lost.length);
      }),
    );
  });

  it('takes as many of each group, so that a canary of few instances is not lost', () => {
    const canary = placed('canary:1', { version: '2' }).endpoint;
    for (let n = 0; n < 50; n++) expect(chosen(`client-${n}`, 3, [...endpoints(100), canary])).toContain('canary:1');
  });

  it('takes all when there are fewer', () => {
    expect(chosen('me', 10, endpoints(4))).toHaveLength(4);
  });
});
