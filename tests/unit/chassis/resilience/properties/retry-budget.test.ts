import { describe, it } from '@jest/globals';
import fc from 'fast-check';

import { createRetryBudget } from '../../../../../src/chassis/resilience/index.ts';
import { createManualClock } from '../../../../support/manual-clock.ts';

const options = fc.record({
  ratio: fc.double({ min: 0, max: 1, noNaN: true }),
  perSecond: fc.double({ min: 0, max: 100, noNaN: true }),
  capacity: fc.integer({ min: 1, max: 100 }),
});
const steps = fc.array(fc.oneof(fc.constantFrom('call', 'retry', 'retry'), fc.nat({ max: 400 })), { maxLength: 300 });

describe('createRetryBudget, in any interleaving', () => {
  it('gives out no more than it held, calls paid in and time brought, and never less than nothing', () => {
    fc.assert(
      fc.property(options, steps, (budgetOptions, all) => {
        const { ratio, perSecond, capacity } = budgetOptions;
        const clock = createManualClock();
        const budget = createRetryBudget(budgetOptions, clock);
        let calls = 0;
        let retries = 0;
        for (const step of all) {
          if (step === 'call') {
            budget.deposit();
            calls += 1;
          } else if (step === 'retry') {
            if (budget.withdraw()) retries += 1;
          } else if (typeof step === 'number') clock.advance(step);
          const income = capacity + ratio * calls + (perSecond * clock.monotonicMs()) / 1_000;
          if (retries > income + 1e-6 || budget.balance < 0 || budget.balance > capacity) return false;
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });

  it('refuses no retry that it has a whole token for', () => {
    fc.assert(
      fc.property(options, steps, (budgetOptions, all) => {
        const clock = createManualClock();
        const budget = createRetryBudget(budgetOptions, clock);
        return all.every((step) => {
          if (typeof step === 'number') clock.advance(step);
          if (step === 'call') budget.deposit();
          const before = budget.balance;
          return step !== 'retry' || budget.withdraw() === before >= 1;
        });
      }),
      { numRuns: 500 },
    );
  });
});
