import { describe, expect, it } from '@jest/globals';

import { createRoundRobin, type ReadyEndpoint } from '../../../../src/chassis/balancer/index.ts';
import type { Subchannel } from '../../../../src/chassis/channel/index.ts';
import { systemRandom } from '../../../../src/chassis/core/index.ts';

function ready(count: number): ReadyEndpoint[] {
  return Array.from({ length: count }, (_, n) => {
    const address = `10.0.0.${n}:1`;
    const subchannel = { address } as Subchannel; // the policy looks at nothing but its identity
    const endpoint = { address, weight: 100, zone: '', version: '', transports: [], startedAt: '', metadata: {} };
    return { endpoint, subchannel };
  });
}

function picks(endpoints: readonly ReadyEndpoint[], count: number, start: number, avoid?: Subchannel): string[] {
  const picker = createRoundRobin({ ...systemRandom, next: () => start }).createPicker(endpoints);
  return Array.from({ length: count }, () => {
    const result = picker.pick({ method: '/a/B', avoid, header: () => undefined });
    if (result.kind !== 'picked') throw new Error('not picked');
    return result.subchannel.address;
  });
}

describe('createRoundRobin', () => {
  it('takes each endpoint in turn, from a random start', () => {
    expect(picks(ready(3), 4, 0)).toEqual(['10.0.0.0:1', '10.0.0.1:1', '10.0.0.2:1', '10.0.0.0:1']);
    expect(picks(ready(3), 2, 0.999)).toEqual(['10.0.0.2:1', '10.0.0.0:1']);
  });

  it('spreads many picks evenly', () => {
    const counts = new Map<string, number>();
    for (const address of picks(ready(7), 7_000, 0.5)) counts.set(address, (counts.get(address) ?? 0) + 1);
    expect([...counts.values()]).toEqual(Array(7).fill(1_000));
  });

  it('avoids where the attempt before failed, unless there is no other', () => {
    const endpoints = ready(3);
    const bad = endpoints[1]!.subchannel;
    expect(picks(endpoints, 300, 0, bad)).not.toContain(bad.address);
    expect(picks(endpoints.slice(1, 2), 1, 0, bad)).toEqual([bad.address]);
  });
});
