import type { Subchannel } from '../../../../src/chassis/channel/index.ts';
import { systemRandom, type Clock, type Random } from '../../../../src/chassis/core/index.ts';
import {
  createPolicy,
  type BalancingPolicy,
  type Picker,
  type PickInfo,
  type PickResult,
  type PolicyConfig,
  type ReadyEndpoint,
} from '../../../../src/chassis/balancer/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

export type Picked = Extract<PickResult, { kind: 'picked' }>;

/** One ready endpoint per weight; policies look at nothing of a subchannel but its address and identity. */
export function fleet(weights: readonly number[], prefix = '10.0.0'): readonly ReadyEndpoint[] {
  return weights.map((weight, n) => endpoint(`${prefix}.${n}:1`, weight));
}

export function endpoint(address: string, weight = 100): ReadyEndpoint {
  const subchannel = { address } as Subchannel;
  const known = { address, weight, zone: '', version: '', startedAt: '', metadata: {}, transports: [] };
  return { endpoint: known, subchannel };
}

/** `count` endpoints of the same weight. */
export function equalFleet(count: number): readonly ReadyEndpoint[] {
  return fleet(Array<number>(count).fill(100));
}

/** Chance that is the same in every run. Source: mulberry32, by Tommy Ettinger. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return {
    bytes: systemRandom.bytes,
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

export function policyOf(
  config: PolicyConfig,
  { seed = 1, clock = createManualClock() }: { readonly seed?: number; readonly clock?: Clock } = {},
): BalancingPolicy {
  return createPolicy(config, { clock, random: seededRandom(seed) });
}

export function callInfo(
  info: Partial<Omit<PickInfo, 'header'>> & { readonly headers?: Record<string, string> } = {},
): PickInfo {
  const { headers = {}, ...rest } = info;
  return { method: '/a/B', avoid: undefined, header: (name) => headers[name], ...rest };
}

export function pick(picker: Picker, info: PickInfo = callInfo()): Picked {
  const result = picker.pick(info);
  if (result.kind !== 'picked') throw new Error(`not picked but ${result.kind}`);
  return result;
}

export function addressOf(picker: Picker, info?: PickInfo): string {
  return pick(picker, info).subchannel.address;
}

/** How often each endpoint was picked, in the order of the list. */
export function countPicks(picker: Picker, ready: readonly ReadyEndpoint[], picks: number): readonly number[] {
  const counts = new Map(ready.map(({ endpoint: { address } }) => [address, 0]));
  for (let n = 0; n < picks; n++) {
    const address = addressOf(picker);
    counts.set(address, (counts.get(address) ?? NaN) + 1);
  }
  return [...counts.values()];
}
