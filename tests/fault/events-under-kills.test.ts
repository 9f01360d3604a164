import { expect, it } from '@jest/globals';

import { COURIER_NAMES } from '../../src/chassis/events/index.ts';
import { hasBroker } from '../support/events/brokers.ts';
import { describeIf } from '../support/optional.ts';
import { eventsUnderKills } from './rows/events-under-kills.ts';

for (const courier of COURIER_NAMES) {
  describeIf(hasBroker(courier), `eventsUnderKills over ${courier}`, `the server of ${courier}`, () => {
    it('passes with 1,000 events and deaths at six points', async () => {
      expect(await eventsUnderKills({ courier, seed: 1, events: 1_000, sample: 6, brokerKills: 2 })).toMatchObject({
        breaches: [],
      });
    }, 240_000);
  });
}
