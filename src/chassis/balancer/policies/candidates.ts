import { DEFAULT_WEIGHT } from '../../registry/index.ts';
import type { Subchannel } from '../../channel/index.ts';
import type { ReadyEndpoint } from '../picker.ts';

/** Who takes part in a picker's choices. The three lists go together, index by index, and are never empty. */
export interface Candidates {
  readonly ready: readonly ReadyEndpoint[];
  readonly subchannels: readonly Subchannel[];
  /** All above 0. */
  readonly weights: Float64Array;
}

/**
 * Everyone of a positive weight. When all weigh 0, all take part alike: somebody who took every instance out of service
 * at once wanted that less than an outage.
 */
export function candidatesOf(ready: readonly ReadyEndpoint[]): Candidates {
  const weighted = ready.filter(({ endpoint }) => endpoint.weight > 0);
  return weighted.length > 0
    ? toCandidates(weighted, ({ endpoint }) => endpoint.weight)
    : toCandidates(ready, () => DEFAULT_WEIGHT);
}

/** Everyone alike, for policies that do not look at weights. */
export function equalCandidatesOf(ready: readonly ReadyEndpoint[]): Candidates {
  return toCandidates(ready, () => DEFAULT_WEIGHT);
}

function toCandidates(ready: readonly ReadyEndpoint[], weightOf: (ready: ReadyEndpoint) => number): Candidates {
  return {
    ready,
    subchannels: ready.map(({ subchannel }) => subchannel),
    weights: Float64Array.from(ready, weightOf),
  };
}
