import { randomInteger, type Random } from '../../core/index.ts';
import type { BalancingPolicy } from '../picker.ts';
import { equalCandidatesOf } from './candidates.ts';
import { createDraw } from './draw.ts';
import type { Picked } from './picked.ts';

/**
 * Each READY endpoint in turn, from a random start, so that many clients do not begin with the same one. Weights are not
 * looked at. A retry goes to any other endpoint and is nobody's turn: it would come right after the turn of the one that
 * failed, and so leave every first attempt to the failing one of two.
 */
export function createRoundRobin(random: Random): BalancingPolicy {
  return {
    name: 'round_robin',
    createPicker(ready) {
      const results = ready.map(({ subchannel }) => ({ kind: 'picked', subchannel }) satisfies Picked);
      const draw = createDraw(equalCandidatesOf(ready), random);
      let next = randomInteger(random, results.length);
      return {
        pick({ avoid }) {
          if (avoid !== undefined) return results[draw(avoid)]!; // drawn from this list
          const result = results[next]!; // next stays below the length, which is never 0
          next = next + 1 === results.length ? 0 : next + 1;
          return result;
        },
      };
    },
  };
}
