import type { Random } from '../../core/index.ts';
import type { BalancingPolicy } from '../picker.ts';
import { candidatesOf } from './candidates.ts';
import { createPairDraw } from './draw.ts';
import { createInFlightCounts } from './in-flight.ts';

/**
 * Of two endpoints drawn by weight the one with fewer calls in flight for its weight; the first drawn where they are even,
 * so that calls made one at a time follow the weights too. Source: Mitzenmacher, "The power of two choices in randomized
 * load balancing", 2001.
 */
export function createLeastRequest(random: Random): BalancingPolicy {
  const counts = createInFlightCounts();
  return {
    name: 'least_request',
    createPicker(ready) {
      const candidates = candidatesOf(ready);
      const { weights } = candidates;
      const inFlight = candidates.ready.map(counts.of);
      const results = candidates.ready.map(counts.picked);
      const draw = createPairDraw(candidates, random);
      return {
        pick({ avoid }) {
          const { first, second } = draw(avoid); // indexes of all these lists
          const isSecondLess = inFlight[second]!.count * weights[first]! < inFlight[first]!.count * weights[second]!;
          return results[isSecondLess ? second : first]!;
        },
      };
    },
    forget: counts.forget,
    describe: counts.describe,
  };
}
