import { describeCheckoutRow } from './describe-checkout-row.ts';
import { failingCompensation } from './rows/failing-compensation.ts';

/** A short pair of rounds cannot tell 95 % from what else the machine does: the scoreboard measures that. */
const SHORT = { pairs: 1, roundMs: 3_000, minShare: 0.3, environment: { CHECKOUT_UNDO_ATTEMPTS: '20' } };

describeCheckoutRow('failingCompensation', 'with a short pair of rounds', (setting) =>
  failingCompensation({ ...setting, ...SHORT }),
);
