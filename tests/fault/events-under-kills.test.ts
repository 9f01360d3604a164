import { expect, it } from '@jest/globals';

import { COURIER_NAMES } from '../../src/chassis/events/index.ts';
import { hasBroker } from '../support/events/brokers.ts';
import { describeIf } from '../support/optional.ts';
import { eventsUnderKills } from './rows/events-under-kills.ts';

for (const courier of COURIER_NAMES) {
  describeIf(hasBroker(courier), `eventsUnderKills over ${courier}`, `the server of ${courier}`, () => {
    it('passes with 600 events and deaths at three points', async () => {
      expect(await eventsUnderKills({ courier, seed: 1, events: 600, sample: 3, brokerKills: 1 })).toMatchObject({
        breaches: [],
      });
    }, 240_000);
  });
}
