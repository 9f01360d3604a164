import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { MAX_AMOUNT_MINOR, parseAmount, toMoney } from '../../../src/services/payment/domain.ts';

const currency = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'CLF');

describe('parseAmount', () => {
  it('counts in the smallest unit of each currency', () => {
    expect(parseAmount({ currencyCode: 'EUR', units: 19n, nanos: 990_000_000 })).toEqual({
      currency: 'EUR',
      minor: 1999n,
    });
    expect(parseAmount({ currencyCode: 'JPY', units: 500n, nanos: 0 }).minor).toBe(500n);
    expect(parseAmount({ currencyCode: 'KWD', units: 1n, nanos: 234_000_000 }).minor).toBe(1234n);
  });

  it.each([
    ['zero', { currencyCode: 'EUR', units: 0n, nanos: 0 }],
    ['below zero', { currencyCode: 'EUR', units: -1n, nanos: 0 }],
    ['finer than a cent', { currencyCode: 'EUR', units: 1n, nanos: 5_000_000 }],
    ['finer than a yen', { currencyCode: 'JPY', units: 1n, nanos: 500_000_000 }],
    ['of two signs', { currencyCode: 'EUR', units: 1n, nanos: -10_000_000 }],
    ['more than the provider takes', { currencyCode: 'EUR', units: 10_000_000_001n, nanos: 0 }],
  ])('refuses an amount that is %s', (_what, money) => {
    expect(() => parseAmount(money)).toThrow(
      expect.objectContaining({ status: 'INVALID_ARGUMENT', reason: 'AMOUNT_INVALID' }),
    );
  });

  it('gives back exactly what toMoney wrote', () => {
    fc.assert(
      fc.property(currency, fc.bigInt({ min: 1n, max: MAX_AMOUNT_MINOR }), (code, minor) => {
        expect(parseAmount(toMoney({ currency: code, minor }))).toEqual({ currency: code, minor });
      }),
    );
  });
});

describe('toMoney', () => {
  it('gives units and nanos one sign', () => {
    expect(toMoney({ currency: 'EUR', minor: -1999n })).toEqual({
      currencyCode: 'EUR',
      units: -19n,
      nanos: -990_000_000,
    });
  });
});
