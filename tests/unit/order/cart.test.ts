import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  add,
  assertEachProductOnce,
  equals,
  format,
  priceCart,
  times,
  type CatalogueItem,
  type Money,
} from '../../../src/services/order/domain.ts';

const eur = (units: bigint, nanos = 0): Money => ({ currencyCode: 'EUR', units, nanos });
const kettle: CatalogueItem = { id: 'k', sku: 'KETTLE', name: 'Kettle', price: eur(39n, 990_000_000), onSale: true };
const mug: CatalogueItem = { id: 'm', sku: 'MUG', name: 'Mug', price: eur(0n, 333_333_333), onSale: true };

function price(rest: Partial<Parameters<typeof priceCart>[0]> = {}) {
  return priceCart({
    cart: [
      { productId: 'k', quantity: 3 },
      { productId: 'm', quantity: 3 },
    ],
    catalogue: [mug, kettle],
    currencyCode: 'EUR',
    expectedTotal: undefined,
    ...rest,
  });
}

describe('priceCart', () => {
  it('adds up exactly, in the order of the cart', () => {
    const { lines, total } = price();
    expect(lines.map(({ sku, lineTotal }) => [sku, lineTotal])).toEqual([
      ['KETTLE', eur(119n, 970_000_000)],
      ['MUG', eur(0n, 999_999_999)],
    ]);
    expect(total).toEqual(eur(120n, 969_999_999));
  });

  it('takes the total the customer was shown, and no other', () => {
    expect(() => price({ expectedTotal: eur(120n, 969_999_999) })).not.toThrow();
    expect(() => price({ expectedTotal: eur(120n) })).toThrow(
      expect.objectContaining({
        reason: 'TOTAL_CHANGED',
        metadata: { expected: 'EUR 120.00', actual: 'EUR 120.969999999' },
      }),
    );
  });

  it.each([
    ['PRODUCT_NOT_FOUND', { catalogue: [kettle] }],
    ['PRODUCT_DISCONTINUED', { catalogue: [kettle, { ...mug, onSale: false }] }],
    ['CURRENCY_MISMATCH', { currencyCode: 'USD' }],
    ['CURRENCY_MISMATCH', { expectedTotal: { currencyCode: 'USD', units: 1n, nanos: 0 } }],
  ])('refuses with %s', (reason, rest) => {
    expect(() => price(rest)).toThrow(expect.objectContaining({ reason }));
  });
});

describe('assertEachProductOnce', () => {
  it('names the line that repeats a product', () => {
    const cart = ['a', 'b', 'a'].map((productId) => ({ productId, quantity: 1 }));
    expect(() => assertEachProductOnce(cart)).toThrow(
      expect.objectContaining({ reason: 'DUPLICATE_PRODUCT', message: expect.stringContaining('lines[2].product_id') }),
    );
  });
});

describe('money', () => {
  const amounts = fc.record({
    currencyCode: fc.constant('EUR'),
    units: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    nanos: fc.integer({ min: 0, max: 999_999_999 }),
  });

  it('multiplies as often as it adds', () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 20 }), (amount, count) => {
        const sum = Array.from({ length: count }, (): Money => amount).reduce(add);
        return equals(times(amount, count), sum);
      }),
    );
  });

  it.each([
    [eur(12n, 500_000_000), 'EUR 12.50'],
    [eur(0n), 'EUR 0.00'],
    [eur(1n, 5), 'EUR 1.000000005'],
    [eur(-3n, -250_000_000), 'EUR -3.25'],
  ])('is written for people', (amount, text) => {
    expect(format(amount)).toBe(text);
  });
});
