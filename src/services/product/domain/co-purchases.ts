/** What an event of an order did to the products that are in it. */
export interface BasketChange {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** In how many orders more (below zero: fewer) two products are together. */
export interface PairCount {
  readonly productId: string;
  readonly otherProductId: string;
  readonly orders: number;
}

/** An order of more products is a stocklist, which says little of what goes together and has pairs by the thousand: it counts for none. */
const MAX_PRODUCTS = 40;

/**
 * What many changes do to the counts, each pair once in either direction; pairs that end as they began are left out. An order counts by what is in
 * it, so whatever becomes of it, its changes add up to what was left at the end.
 */
export function countPairs(changes: readonly BasketChange[]): readonly PairCount[] {
  const counts = new Map<string, number>();
  const add = (basket: readonly string[], orders: number) => {
    for (const pair of pairsOf(basket)) counts.set(pair, (counts.get(pair) ?? 0) + orders);
  };
  for (const { before, after } of changes) {
    add(before, -1);
    add(after, 1);
  }
  return [...counts].flatMap(([pair, orders]) => {
    const [productId = '', otherProductId = ''] = pair.split(SEPARATOR);
    return orders === 0 ? [] : [{ productId, otherProductId, orders }];
  });
}

/** In no id. */
const SEPARATOR = '/';

function pairsOf(basket: readonly string[]): readonly string[] {
  const products = [...new Set(basket)];
  if (products.length > MAX_PRODUCTS) return [];
  return products.flatMap((product) =>
    products.flatMap((other) => (other === product ? [] : [`${product}${SEPARATOR}${other}`])),
  );
}
