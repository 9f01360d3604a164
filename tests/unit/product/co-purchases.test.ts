import { describe, expect, it } from '@jest/globals';

import { countPairs, type BasketChange } from '../../../src/services/product/domain.ts';

const counted = (...changes: readonly BasketChange[]) =>
  Object.fromEntries(
    countPairs(changes).map(({ productId, otherProductId, orders }) => [`${productId}+${otherProductId}`, orders]),
  );

describe('countPairs', () => {
  it('counts each pair of a basket in both directions, and no product with itself', () => {
    expect(counted({ before: [], after: ['a', 'b', 'b'] })).toEqual({ 'a+b': 1, 'b+a': 1 });
    expect(counted({ before: [], after: ['a'] })).toEqual({});
  });

  it('adds up what many orders do, and leaves out what ends as it began', () => {
    const ordered = { before: [], after: ['a', 'b', 'c'] };
    expect(counted(ordered, ordered, { before: ['a', 'b', 'c'], after: ['a', 'b'] })).toEqual({
      ...{ 'a+b': 2, 'b+a': 2 },
      ...{ 'a+c': 1, 'c+a': 1, 'b+c': 1, 'c+b': 1 },
    });
    expect(counted(ordered, { before: ['a', 'b', 'c'], after: [] })).toEqual({});
  });

  it('counts an order of more than forty products for none, and for what is left of it once it has fewer', () => {
    const products = Array.from({ length: 41 }, (_, index) => `p${index}`);
    const fewer = products.slice(0, 40);
    expect(counted({ before: [], after: products })).toEqual({});
    expect(countPairs([{ before: products, after: fewer }])).toHaveLength(40 * 39);
  });
});
