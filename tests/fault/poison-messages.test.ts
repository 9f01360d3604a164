import { expect, it } from '@jest/globals';

import { COURIER_NAMES } from '../../src/chassis/events/index.ts';
import { hasBroker } from '../support/events/brokers.ts';
import { describeIf } from '../support/optional.ts';
import { poisonMessages } from './rows/poison-messages.ts';

for (const courier of COURIER_NAMES) {
  describeIf(hasBroker(courier), `poisonMessages over ${courier}`, `the server of ${courier}`, () => {
    it('passes with 8 bad among 2,000', async () => {
      expect(
        await poisonMessages({ courier, seed: 1, events: 2_000, bad: 8, rounds: 1, judgesThroughput: false }),
      ).toMatchObject({
        breaches: [],
      });
    }, 240_000);
  });
}
