import { describe, expect, it } from '@jest/globals';

import { parseAmount } from '../../src/services/payment/domain.ts';
import { priceFault } from '../../src/services/product/domain.ts';

const NANO_DIGITS = 9;

/** How many decimals of a currency are taken: the most for which one smallest unit is. */
function decimalsOf(isTaken: (nanos: number) => boolean): number {
  return [8, 7, 6, 5, 4, 3, 2, 1].find((decimals) => isTaken(10 ** (NANO_DIGITS - decimals))) ?? 0;
}

function isTakenByPayment(currencyCode: string, nanos: number): boolean {
  try {
    parseAmount({ currencyCode, units: 1n, nanos });
    return true;
  } catch {
    return false;
  }
}

describe('parseAmount and priceFault', () => {
  it('agree on the smallest unit of every currency, so that what has a price can be paid', () => {
    const codes = Intl.supportedValuesOf('currency');
    const byPayment = codes.map((code) => [code, decimalsOf((nanos) => isTakenByPayment(code, nanos))]);
    const byProduct = codes.map((code) => [
      code,
      decimalsOf((nanos) => priceFault({ currencyCode: code, units: 1n, nanos }) === undefined),
    ]);
    expect(byProduct).toEqual(byPayment);
    expect(byPayment).toEqual(
      expect.arrayContaining([
        ['EUR', 2],
        ['JPY', 0],
        ['KWD', 3],
      ]),
    );
  });
});
