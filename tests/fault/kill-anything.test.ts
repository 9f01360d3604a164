import { expect, it } from '@jest/globals';

import { hasBroker } from '../support/events/brokers.ts';
import { describeIf } from '../support/optional.ts';
import { describeCheckoutRow } from './describe-checkout-row.ts';
import { killAnything } from './rows/kill-anything.ts';

const SHORT = {
  orchestration: { kills: 8, durationMs: 16_000, orders: 160 },
  choreography: { kills: 6, durationMs: 12_000, orders: 80 },
} as const;

describeCheckoutRow('killAnything', 'with a few kills and some hundred orders', (setting) =>
  killAnything({ ...setting, ...SHORT[setting.checkout] }),
);

for (const courier of ['nats', 'rabbitmq'] as const) {
  describeIf(hasBroker(courier), `killAnything by choreography over ${courier}`, `the server of ${courier}`, () => {
    it('passes with three kills, the broker among them, and 30 orders', async () => {
      const length = { kills: 3, durationMs: 6_000, orders: 30 };
      expect(await killAnything({ seed: 1, checkout: 'choreography', courier, ...length })).toMatchObject({
        breaches: [],
      });
    }, 300_000);
  });
}
