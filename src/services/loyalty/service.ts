import { LoyaltyServiceDefinition } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import { logSteps, PARTS_MIGRATIONS, playPart } from '../../chassis/choreography/index.ts';
import { EVENTS_MIGRATIONS } from '../../chassis/events/index.ts';
import { defineService } from '../../chassis/lifecycle/index.ts';
import { bind } from '../../chassis/server/index.ts';
import { pointsPart } from './checkout-part.ts';
import { followPurchases } from './consumers/follow-purchases.ts';
import { forgetPurchases } from './forget-purchases.ts';
import { createLoyaltyHandlers } from './handlers.ts';

/**
 * The loyalty process: points in a ledger that only grows. Records of commands are kept as long as the ledger, for ever:
 * an award can be repeated or undone by its request_id at any time.
 */
export const loyaltyService = defineService({
  name: 'loyalty',
  migrations: [EVENTS_MIGRATIONS, PARTS_MIGRATIONS, new URL('./migrations/', import.meta.url)],
  neighbours: { order: 'optional' },
  async wire({ database, clock, random, newId, pageTokens, logger }) {
    const dependencies = { database, clock, newId, pageTokens };
    const handlers = createLoyaltyHandlers(dependencies);
    const playing = playPart(pointsPart(dependencies), { database, clock, random, newId });
    logSteps(playing.events, logger);
    return {
      grpc: [bind(LoyaltyServiceDefinition, handlers)],
      background: [forgetPurchases({ database, clock }), playing.background],
      consumers: [followPurchases(), ...playing.consumers],
      parts: [playing.name],
      events: { parts: playing.events },
      backlogs: playing.backlogs,
    };
  },
});
