import { describeCheckoutRow } from './describe-checkout-row.ts';
import { failingCompensation } from './rows/failing-compensation.ts';

/** Two short pairs of rounds cannot tell 95 % from what else the machine does: the scoreboard measures that. */
const SHORT = { pairs: 2, roundMs: 4_000, minShare: 0.3, environment: { CHECKOUT_UNDO_ATTEMPTS: '20' } };

describeCheckoutRow('failingCompensation', 'with two short pairs of rounds', (setting) =>
  failingCompensation({ ...setting, ...SHORT }),
);
