import type { ShipmentChanged } from '../../../../gen/tradewind/shipping/v1/events.ts';
import type { Clock } from '../../../chassis/core/index.ts';
import { defineConsumer, on, type ConsumerDefinition } from '../../../chassis/events/index.ts';
import { parseOrderId, parseUserId, type Channel } from '../domain.ts';
import { drafts } from '../draft-repository.ts';
import { SHIPPING_EVENTS } from './shipping-events.ts';
import { whileNew } from './while-new.ts';

/** Tells customers where their parcels are: on its way, at the door today (by SMS, who gave a number), there, or not to be had. */
export function tellOfParcels(clock: Pick<Clock, 'now'>): ConsumerDefinition {
  const tell = (template: string, channel: Channel = 'EMAIL') =>
    whileNew<ShipmentChanged>(clock, async ({ data: { userId, orderId, trackingNumber } }, { tx }) => {
      await drafts.insert(tx, {
        ...{ userId: parseUserId(userId), orderId: parseOrderId(orderId), channel, template },
        parameters: { order_id: orderId, tracking_number: trackingNumber },
      });
    });
  return defineConsumer({
    name: 'parcel-news',
    source: 'shipping',
    on: [
      on(SHIPPING_EVENTS.pickedUp, tell('order-shipped')),
      on(SHIPPING_EVENTS.outForDelivery, tell('order-out-for-delivery', 'SMS')),
      on(SHIPPING_EVENTS.delivered, tell('order-delivered')),
      on(SHIPPING_EVENTS.returned, tell('order-not-delivered')),
      on(SHIPPING_EVENTS.lost, tell('order-not-delivered')),
    ],
  });
}
