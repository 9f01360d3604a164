import { describeCheckoutRow } from './describe-checkout-row.ts';
import { crashAtEveryPoint } from './rows/crash-points.ts';
import { takeover } from './rows/takeover.ts';

/** One point of each process, and some more where a saga moves the order. */
const SAMPLE = { orchestration: 9, choreography: 8 } as const;

describeCheckoutRow('crashAtEveryPoint', 'at points of all processes', (setting) =>
  crashAtEveryPoint({ ...setting, sample: SAMPLE[setting.checkout], countsStart: false }),
);

describeCheckoutRow('takeover', 'with an instance that dies for good, and one that freezes and thaws', (setting) =>
  takeover({ ...setting, orders: 20, deaths: 1, freezes: 1 }),
);
