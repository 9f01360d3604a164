import { describe, it } from '@jest/globals';

/**
 * Describes tests that need something the machine may not have. Without it they are skipped, with a line that says what
 * is missing; with TRADEWIND_STRICT=1 that is a failure.
 */
export function describeIf(available: boolean, name: string, missing: string, tests: () => void): void {
  if (available) {
    describe(name, tests);
  } else if (process.env['TRADEWIND_STRICT'] === '1') {
    describe(name, () => {
      it('has what it needs', () => {
        throw new Error(`TRADEWIND_STRICT is set and ${missing} is missing`);
      });
    });
  } else {
    process.stderr.write(`skipped: ${name} (${missing} is missing)\n`);
    describe.skip(`${name} (${missing} is missing)`, tests);
  }
}
