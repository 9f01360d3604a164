import type { Candidates } from './candidates.ts';
import type { InFlightCounts } from './in-flight.ts';

/** Who may take one more call. */
export interface BoundedLoad {
  /** True while the candidate stays, with one more call, within the bound; true for one of them at any time. */
  hasRoom(index: number): boolean;
}

/**
 * Each candidate may hold its share of all calls in flight, the coming one included, times the factor (above 1), rounded
 * up. Source: Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", 2017.
 */
export function createBoundedLoad(counts: InFlightCounts, { ready, weights }: Candidates, factor: number): BoundedLoad {
  const inFlight = ready.map(counts.of);
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => (factor * weight) / totalWeight);
  let total = 0;
  let seen = -1;
  const refresh = () => {
    if (seen === counts.changes) return;
    seen = counts.changes;
    total = 0;
    for (let index = 0; index < inFlight.length; index++) total += inFlight[index]!.count; // calls of any picker
  };
  return {
    hasRoom(index) {
      const { count } = inFlight[index]!; // an index of the candidates
      if (count === 0) return true; // a bound is never below 1
      refresh();
      return count + 1 <= Math.ceil(shares[index]! * (total + 1));
    },
  };
}
