import { randomInteger, type Random } from '../../core/index.ts';
import type { BalancingPolicy, PickInfo, ReadyEndpoint } from '../picker.ts';
import { DEFAULT_WEIGHT } from '../../registry/index.ts';
import { createBoundedLoad } from './bounded-load.ts';
import { candidatesOf } from './candidates.ts';
import { createHashRing, type HashRing } from './hash-ring.ts';
import { createInFlightCounts } from './in-flight.ts';
import { xxhash32 } from './xxhash32.ts';

/** How ring_hash keeps calls together. */
export interface RingHashOptions {
  /**
   * Calls with the same value of this header go to the same endpoint. Default: none; without it, or in a call that has it
   * not, calls of the same affinity (who called the caller) stay together, and a call that has neither goes anywhere.
   */
  readonly header?: string | undefined;
  /** Points on the ring of an endpoint of weight 100, in proportion for others; more spread keys more evenly. Default 100. */
  readonly virtualNodes?: number | undefined;
  /** No endpoint takes more than this times its share of the calls in flight, the rest goes on to the next. Default 1.25. */
  readonly maxLoadFactor?: number | undefined;
}

/** Keeps endpoints within a fifth of their shares, most of the time. */
export const DEFAULT_RING_HASH = { virtualNodes: 100, maxLoadFactor: 1.25 };

/** Nobody has more points than this many of weight 100: a weight like 1,000,000 must not cost the memory. */
const MAX_WEIGHT_FACTOR = 20;

/**
 * Calls of one key go to one endpoint. When an endpoint leaves, only its keys move; when one joins, keys move only to it;
 * when one has more calls in flight than its bounded share, its keys overflow to the next on the ring. Which endpoint that
 * is depends on nothing but the addresses and weights: every client sends a key to the same one.
 * Source: Karger et al. 1997; Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", 2017; gRFC A42.
 */
export function createRingHash(options: RingHashOptions, random: Random): BalancingPolicy {
  const { header } = options;
  const virtualNodes = options.virtualNodes ?? DEFAULT_RING_HASH.virtualNodes;
  const maxLoadFactor = options.maxLoadFactor ?? DEFAULT_RING_HASH.maxLoadFactor;
  const counts = createInFlightCounts();

  const pointsOf = (weight: number) => {
    const points = Math.round((virtualNodes * weight) / DEFAULT_WEIGHT);
    return Math.min(Math.max(1, points), virtualNodes * MAX_WEIGHT_FACTOR);
  };
  const hashOf = (info: PickInfo) => {
    const key = (header === undefined ? undefined : info.header(header)) ?? info.affinity;
    return key === undefined ? randomInteger(random, 2 ** 32) : xxhash32(key);
  };

  return {
    name: 'ring_hash',
    createPicker(ready) {
      const candidates = candidatesOf(inOrder(ready));
      const { subchannels, weights } = candidates;
      const results = candidates.ready.map(counts.picked);
      const load = createBoundedLoad(counts, candidates, maxLoadFactor);
      let ring: HashRing | undefined; // made by the first pick: pickers come and go more often than some of them pick
      const makeRing = () =>
        createHashRing(subchannels.map(({ address }, index) => ({ name: address, points: pointsOf(weights[index]!) })));
      return {
        pick(info) {
          if (subchannels.length === 1) return results[0]!;
          ring ??= makeRing();
          const start = ring.find(hashOf(info));
          let instead = -1;
          for (let step = 0, point = start; step < ring.size; step++) {
            const owner = ring.ownerOf(point);
            if (subchannels[owner] !== info.avoid) {
              if (load.hasRoom(owner)) return results[owner]!;
              if (instead < 0) instead = owner;
            }
            point = point + 1 === ring.size ? 0 : point + 1;
          }
          // Only the avoided one has room: a retry had rather be one too many elsewhere than fail in the same place.
          return results[instead]!;
        },
      };
    },
    forget: counts.forget,
    describe: counts.describe,
  };
}

/** Two endpoints can share a point; who owns it must not depend on the order in which they were found. */
function inOrder(ready: readonly ReadyEndpoint[]): readonly ReadyEndpoint[] {
  return [...ready].sort((a, b) => (a.endpoint.address < b.endpoint.address ? -1 : 1));
}
