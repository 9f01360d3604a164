import { randomInteger, type Random } from '../../core/index.ts';
import type { BalancingPolicy, ReadyEndpoint } from '../picker.ts';
import type { Picked } from './picked.ts';

/** How pick_first begins. */
export interface PickFirstOptions {
  /** True: with any endpoint, not with the first of the list, so that many clients do not all choose the same. Default false. */
  readonly shuffle?: boolean | undefined;
}

/**
 * Every call goes to one endpoint for as long as it is ready, then to the next that is; only retries go elsewhere. Weights
 * are not looked at. Source: gRFC A62, for shuffling.
 */
export function createPickFirst({ shuffle = false }: PickFirstOptions, random: Random): BalancingPolicy {
  let current: string | undefined;
  const choose = (ready: readonly ReadyEndpoint[]) => {
    const known = ready.findIndex(({ endpoint }) => endpoint.address === current);
    if (known >= 0) return known;
    return shuffle ? randomInteger(random, ready.length) : 0;
  };
  return {
    name: 'pick_first',
    createPicker(ready) {
      const results = ready.map(({ subchannel }) => ({ kind: 'picked', subchannel }) satisfies Picked);
      const index = choose(ready);
      const first = results[index]!; // ready is never empty
      const second = results[(index + 1) % results.length]!;
      current = ready[index]?.endpoint.address;
      return { pick: ({ avoid }) => (first.subchannel === avoid ? second : first) };
    },
  };
}
