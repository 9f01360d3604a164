/** Takes turns by weight. */
export interface SmoothRotation {
  /** Whose turn it is. */
  next(): number;
  /** How near its turn one is, in turns: what the next rotation begins with. */
  creditOf(index: number): number;
}

/**
 * Smooth weighted round robin: in each turn everybody gains its own weight, and the richest pays the weight of all. Reads
 * the weights anew in every turn, they may change. Costs a pass over them, 100 ns for 100.
 * Source: nginx, ngx_http_upstream_round_robin.c (commit 52327e0627f4, which tells why it is smooth).
 */
export function createSmoothRotation(weights: Float64Array, creditOf: (index: number) => number): SmoothRotation {
  const total = () => weights.reduce((sum, weight) => sum + weight, 0);
  const balances = startingBalances(weights, creditOf, total());
  return {
    next() {
      let richest = 0;
      let most = -Infinity;
      let paid = 0;
      for (let index = 0; index < weights.length; index++) {
        const weight = weights[index]!; // as long as the balances
        const balance = balances[index]! + weight;
        balances[index] = balance;
        paid += weight;
        if (balance > most) {
          most = balance;
          richest = index;
        }
      }
      balances[richest] = most - paid;
      return richest;
    },
    creditOf: (index) => balances[index]! / total(),
  };
}

/** Credits come from rotations of other members: their sum is brought back to 0, which every turn keeps. */
function startingBalances(weights: Float64Array, creditOf: (index: number) => number, total: number): Float64Array {
  const credits = Float64Array.from(weights, (_, index) => creditOf(index));
  const surplus = credits.reduce((sum, credit) => sum + credit, 0);
  return credits.map((credit, index) => credit * total - surplus * weights[index]!);
}
