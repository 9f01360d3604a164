import type { OrderCancelled } from '../../../../gen/tradewind/order/v1/events.ts';
import type { Clock } from '../../../chassis/core/index.ts';
import { defineConsumer, on, type ConsumerDefinition } from '../../../chassis/events/index.ts';
import { formatAmount, parseOrderId, parseUserId } from '../domain.ts';
import { drafts } from '../draft-repository.ts';
import { ORDER_EVENTS } from './order-events.ts';
import { whileNew } from './while-new.ts';

/** Tells customers of orders that did not go through. What becomes of a confirmed one, the sagas' own steps say. */
export function tellOfOrders(clock: Pick<Clock, 'now'>): ConsumerDefinition {
  return defineConsumer({
    name: 'order-news',
    source: 'order',
    on: [
      on(
        ORDER_EVENTS.cancelled,
        whileNew<OrderCancelled>(clock, async ({ data: { userId, orderId, total, wasConfirmed } }, { tx }) => {
          if (wasConfirmed || total === undefined) return;
          await drafts.insert(tx, {
            ...{ userId: parseUserId(userId), orderId: parseOrderId(orderId), channel: 'EMAIL' },
            template: 'order-given-up',
            parameters: { order_id: orderId, order_total: formatAmount(total) },
          });
        }),
      ),
    ],
  });
}
