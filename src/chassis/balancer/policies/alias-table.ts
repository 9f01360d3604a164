import { randomInteger, type Random } from '../../core/index.ts';

/**
 * Draws indexes in proportion to their weights, in constant time and with one random number. Weights are positive.
 * Source: Vose, "A linear algorithm for generating random numbers with a given distribution", 1991.
 */
export function createAliasTable(weights: Float64Array, random: Random): () => number {
  const count = weights.length;
  if (weights.every((weight) => weight === weights[0])) return () => randomInteger(random, count);
  const { shares, aliases } = aliasTable(weights);
  return () => {
    const drawn = random.next() * count;
    const column = Math.floor(drawn);
    return drawn - column < shares[column]! ? column : aliases[column]!; // drawn is below the count
  };
}

/** Each column is one unit high: up to its share it belongs to its own index, above it to one other, its alias. */
function aliasTable(weights: Float64Array) {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const shares = weights.map((weight) => weight / mean);
  const aliases = Uint32Array.from(weights, (_, index) => index);
  const small: number[] = [];
  const large: number[] = [];
  shares.forEach((share, index) => (share < 1 ? small : large).push(index));
  for (let low = small.pop(), high = large.pop(); low !== undefined && high !== undefined; low = small.pop()) {
    aliases[low] = high;
    shares[high] = shares[high]! + shares[low]! - 1; // both indexes come from shares
    if (shares[high]! < 1) {
      small.push(high);
      high = large.pop();
    }
  }
  return { shares, aliases };
}
