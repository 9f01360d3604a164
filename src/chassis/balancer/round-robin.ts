import { randomInteger, type Random } from '../core/index.ts';
import type { BalancingPolicy, PickResult } from './picker.ts';

/** Each READY endpoint in turn, from a random start, so that many clients do not begin with the same one. */
export function createRoundRobin(random: Random): BalancingPolicy {
  return {
    name: 'round_robin',
    createPicker(ready) {
      const results = ready.map(({ subchannel }) => ({ kind: 'picked', subchannel }) satisfies PickResult);
      let next = randomInteger(random, results.length);
      const take = () => {
        const result = results[next];
        next = (next + 1) % results.length;
        return result!; // next stays below the length, which is never 0
      };
      return {
        pick(info) {
          const result = take();
          return result.subchannel === info.avoid && results.length > 1 ? take() : result;
        },
      };
    },
  };
}
