import type { Random } from '../../core/index.ts';
import type { BalancingPolicy } from '../picker.ts';
import { candidatesOf } from './candidates.ts';
import { createDraw } from './draw.ts';
import type { Picked } from './picked.ts';

/** Any endpoint, as often as its weight says. */
export function createRandomPolicy(random: Random): BalancingPolicy {
  return {
    name: 'random',
    createPicker(ready) {
      const candidates = candidatesOf(ready);
      const results = candidates.subchannels.map((subchannel) => ({ kind: 'picked', subchannel }) satisfies Picked);
      const draw = createDraw(candidates, random);
      return { pick: ({ avoid }) => results[draw(avoid)]! }; // drawn from this list
    },
  };
}
