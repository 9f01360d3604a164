import type { Money } from '../../../../gen/tradewind/type/v1/money.ts';
import { defineConsumer, on, type ConsumerDefinition } from '../../../chassis/events/index.ts';
import { parseOrderId, parseUserId } from '../domain.ts';
import { purchases } from '../purchase-repository.ts';
import { ORDER_EVENTS } from './order-events.ts';

/**
 * Keeps what confirmed orders come to, for the tiers. The points themselves are the checkout's: they are given and taken by the sagas' steps, which
 * wait for the answer.
 */
export function followPurchases(): ConsumerDefinition {
  return defineConsumer({
    name: 'tiers',
    source: 'order',
    on: [
      on(ORDER_EVENTS.confirmed, ({ data, time }, { tx }) =>
        purchases.keep(tx, {
          orderId: parseOrderId(data.orderId),
          userId: parseUserId(data.userId),
          points: pointsOf(data.dueTotal ?? data.total),
          confirmTime: time,
        }),
      ),
      on(ORDER_EVENTS.linesCancelled, ({ data }, { tx }) =>
        purchases.reduce(tx, parseOrderId(data.orderId), pointsOf(data.dueTotal)),
      ),
      on(ORDER_EVENTS.cancelled, ({ data }, { tx }) => purchases.remove(tx, parseOrderId(data.orderId))),
    ],
  });
}

/** One for each whole unit. */
function pointsOf(amount: Money | undefined): bigint {
  return amount?.units ?? 0n;
}
