import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { LoyaltyServiceDefinition, Tier } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import { loyaltyService } from '../../../src/services/loyalty/service.ts';
import { startPublisher, type TestPublisher } from '../../support/events/event-publisher.ts';
import { tellOrder } from '../../support/events/order-events.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestService, type TestService } from '../../support/service.ts';

const { TIER_BRONZE, TIER_SILVER, TIER_GOLD } = Tier;

let orders: TestPublisher;
let service: TestService;
beforeAll(async () => {
  orders = await startPublisher();
  service = await startTestService(loyaltyService, {}, { neighbours: [orders.instance('order')] });
});
afterAll(async () => {
  await service.close();
  await orders[Symbol.asyncDispose]();
});

const standsAt = (userId: string, tier: Tier, qualifyingPoints: bigint, nextTierPoints: bigint) =>
  eventually(async () => {
    const { standing } = await service.client(LoyaltyServiceDefinition).getBalance({ userId });
    expect(standing).toEqual({ tier, qualifyingPoints, nextTierPoints });
  });

describe('GetBalance', () => {
  it('shows the tier of who never bought anything', async () => {
    await standsAt(crypto.randomUUID(), TIER_BRONZE, 0n, 1_000n);
  });

  it('shows what orders of a year come to, and the tier that they lead to', async () => {
    const userId = crypto.randomUUID();
    await orders.write(tellOrder({ userId, total: '999' }).confirmed([]));
    await standsAt(userId, TIER_BRONZE, 999n, 1_000n);
    await orders.write(tellOrder({ userId, total: '1' }).confirmed([]));
    await standsAt(userId, TIER_SILVER, 1_000n, 5_000n);
    await orders.write(tellOrder({ userId, total: '4000' }).confirmed([]));
    await standsAt(userId, TIER_GOLD, 5_000n, 0n);
  });

  it('leaves out what is cancelled, and counts an order once whose cancellation failed', async () => {
    const userId = crypto.randomUUID();
    const order = tellOrder({ userId, total: '1500' });
    await orders.write(order.confirmed([]), order.confirmed([], { reason: 'ORDER_NOT_CANCELLABLE' }));
    await standsAt(userId, TIER_SILVER, 1_500n, 5_000n);
    await orders.write(order.linesCancelled([], [], { due: '400' }));
    await standsAt(userId, TIER_BRONZE, 400n, 1_000n);
    await orders.write(order.cancelled([]));
    await standsAt(userId, TIER_BRONZE, 0n, 1_000n);
  });

  it('counts events once that come again, and forgets orders after a year', async () => {
    const userId = crypto.randomUUID();
    const order = tellOrder({ userId, total: '2000' });
    await orders.write(order.confirmed([]), tellOrder({ userId, total: '30' }).confirmed([]));
    await standsAt(userId, TIER_SILVER, 2_030n, 5_000n);
    await service.stop();
    await service.database.execute({ name: 'back', text: 'UPDATE inbox_partition SET position = 0' });
    const text = "UPDATE purchase SET confirm_time = confirm_time - interval '365 days' WHERE order_id = $1";
    await service.database.execute({ name: 'age', text }, [order.orderId]);
    await service.restart();
    await orders.write(tellOrder({ userId, total: '5' }).confirmed([]));
    await standsAt(userId, TIER_BRONZE, 35n, 1_000n);
    await eventually(async () => {
      const rows = { name: 'left', text: 'SELECT order_id FROM purchase WHERE order_id = $1' };
      expect(await service.database.rows(rows, [order.orderId])).toEqual([]);
    });
  });
});
