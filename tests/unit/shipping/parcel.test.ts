import { describe, expect, it } from '@jest/globals';

import { MAX_WEIGHT_GRAMS, totalWeightGrams } from '../../../src/services/shipping/domain.ts';

const item = (quantity: number, weightGrams: number) => ({ productId: 'p', quantity, weightGrams });

describe('totalWeightGrams', () => {
  it('adds up all pieces', () => {
    expect(totalWeightGrams([item(2, 300), item(1, 50)])).toBe(650);
  });

  it('is not known when one product does not say', () => {
    expect(totalWeightGrams([item(2, 300), item(1, 0)])).toBe(0);
  });

  it('is no more than a carrier can be told', () => {
    expect(totalWeightGrams([item(1_000_000, 2 ** 31 - 1)])).toBe(MAX_WEIGHT_GRAMS);
  });
});
