import { xxhash32 } from './xxhash32.ts';

/** Points on a circle of 2^32 places, each owned by a member; a key belongs to the first point at or after its hash. */
export interface HashRing {
  readonly size: number;
  /** The point a hash belongs to; the ones after it follow, and after the last comes 0. */
  find(hash: number): number;
  /** The index of the member who owns a point. */
  ownerOf(point: number): number;
}

/** Somebody on the ring. */
export interface RingMember {
  /** Decides where its points are, and nothing else does: others come and go without moving them. */
  readonly name: string;
  /** How many points it has. */
  readonly points: number;
}

/** Owners are counted in the bits of a double that a hash of 32 bits leaves. */
const OWNERS = 2 ** 21;

/** Costs a sort of all points: 5 ms for 1,000 members of 100. Where two members have the same point, the order decides. */
export function createHashRing(members: readonly RingMember[]): HashRing {
  const size = members.reduce((sum, { points }) => sum + points, 0);
  const sorted = new Float64Array(size); // hash and owner in one number: sorted natively, without objects
  let filled = 0;
  members.forEach(({ name, points }, owner) => {
    for (let seed = 0; seed < points; seed++) sorted[filled++] = xxhash32(name, seed) * OWNERS + owner;
  });
  sorted.sort();
  const hashes = Uint32Array.from(sorted, (value) => Math.floor(value / OWNERS));
  const owners = Uint32Array.from(sorted, (value) => value % OWNERS);
  return {
    size,
    find(hash) {
      let low = 0;
      let high = size;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (hashes[middle]! < hash)
          low = middle + 1; // below size
        else high = middle;
      }
      return low === size ? 0 : low;
    },
    ownerOf: (point) => owners[point]!, // find and the ones after it stay below size
  };
}
