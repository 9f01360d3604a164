import { describe, expect, it } from '@jest/globals';

import { CHECKOUT_STYLES } from '../../src/services/order/place-order.ts';
import type { CheckoutSetting, RowResult } from './rows/row.ts';

/** Long enough for a suite to start, for any such row at the length that tests run it with, and for a busy machine. */
const ROW_TIMEOUT_MS = 300_000;

/** A row of the scoreboard that has a whole suite check orders out, as a test for each style: shorter than the scoreboard itself, with the same invariants. */
export function describeCheckoutRow(
  name: string,
  passes: string,
  run: (setting: CheckoutSetting) => Promise<RowResult>,
): void {
  describe.each(CHECKOUT_STYLES)(`${name} by %s`, (checkout) => {
    it(
      `passes ${passes}`,
      async () => expect(await run({ seed: 1, checkout })).toMatchObject({ breaches: [] }),
      ROW_TIMEOUT_MS,
    );
  });
}
