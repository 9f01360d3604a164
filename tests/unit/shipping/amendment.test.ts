import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseShipmentId, takeOut } from '../../../src/services/shipping/domain.ts';

const id = parseShipmentId('018f0000-0000-7000-8000-000000000001');
const item = (productId: string, quantity: number, weightGrams = 0) => ({ productId, quantity, weightGrams });

describe('takeOut', () => {
  it('takes pieces of one product from all items that hold it, the first ones first', () => {
    const shipment = { id, items: [item('mug', 2, 300), item('plate', 1, 500), item('mug', 2, 310)] };
    expect(takeOut(shipment, [{ productId: 'mug', quantity: 3 }])).toEqual([
      item('plate', 1, 500),
      item('mug', 1, 310),
    ]);
  });

  it('leaves exactly what was not taken, or refuses', () => {
    const pieces = fc.array(fc.record({ productId: fc.constantFrom('a', 'b', 'c'), quantity: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 5 }); // prettier-ignore
    const count = (lines: readonly { productId: string; quantity: number }[], product: string) =>
      lines.reduce((sum, { productId, quantity }) => sum + (productId === product ? quantity : 0), 0);
    fc.assert(
      fc.property(pieces, pieces, (items, removals) => {
        const shipment = { id, items: items.map((one) => ({ ...one, weightGrams: 1 })) };
        const differences = ['a', 'b', 'c'].map((product) => count(items, product) - count(removals, product));
        if (differences.some((left) => left < 0)) {
          expect(() => takeOut(shipment, removals)).toThrow(expect.objectContaining({ reason: 'ITEMS_NOT_IN_SHIPMENT' })); // prettier-ignore
        } else if (differences.every((left) => left === 0)) {
          expect(() => takeOut(shipment, removals)).toThrow(expect.objectContaining({ reason: 'SHIPMENT_WOULD_BE_EMPTY' })); // prettier-ignore
        } else {
          const left = takeOut(shipment, removals);
          expect(['a', 'b', 'c'].map((product) => count(left, product))).toEqual(differences);
          expect(left.every(({ quantity }) => quantity > 0)).toBe(true);
        }
      }),
    );
  });
});
