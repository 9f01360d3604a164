import {
  CheckoutShipmentMoved,
  CheckoutShipmentRefused,
  ShipmentChanged,
} from '../../../gen/tradewind/shipping/v1/events.ts';
import { eventType, type EventType } from '../../chassis/events/index.ts';
import type { Shipment, ShipmentEvent } from './domain.ts';

const shipment = { schema: 'tradewind.shipping.v1.ShipmentChanged', message: ShipmentChanged };
const checkoutMoved = { schema: 'tradewind.shipping.v1.CheckoutShipmentMoved', message: CheckoutShipmentMoved };

/** What the shipping process publishes: by the state that an event led to, or AMENDED; and its part in checkouts without a saga. */
export const SHIPPING_EVENTS = {
  ARRANGED: eventType('shipment.arranged', shipment),
  REFUSED: eventType('shipment.refused', shipment),
  AMENDED: eventType('shipment.amended', shipment),
  CANCELLED: eventType('shipment.cancelled', shipment),
  PICKED_UP: eventType('shipment.picked_up', shipment),
  IN_TRANSIT: eventType('shipment.in_transit', shipment),
  OUT_FOR_DELIVERY: eventType('shipment.out_for_delivery', shipment),
  DELIVERED: eventType('shipment.delivered', shipment),
  RETURNED: eventType('shipment.returned', shipment),
  LOST: eventType('shipment.lost', shipment),
  checkoutArranged: eventType('checkout-shipment.arranged', checkoutMoved),
  checkoutCancelled: eventType('checkout-shipment.cancelled', checkoutMoved),
  checkoutRefused: eventType('checkout-shipment.refused', {
    schema: 'tradewind.shipping.v1.CheckoutShipmentRefused',
    message: CheckoutShipmentRefused,
  }),
} as const;

/** What the outbox says of one event in a shipment's history. */
export interface PublishedEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** "shipment.picked_up" and so on: the state that the event led to; "shipment.amended" where that stayed as it was. */
export function publishedEvent(event: ShipmentEvent, before: Shipment, after: Shipment): PublishedEvent {
  const { id, orderId, userId, carrier, trackingNumber, refusalCode } = after;
  return {
    type: typeOf(event, before).type,
    payload: {
      shipment_id: id,
      order_id: orderId,
      user_id: userId,
      state: event.state,
      position: String(event.position),
      description: event.description,
      location: event.location,
      occur_time: event.occurTime.toISOString(),
      ...(carrier === '' ? {} : { carrier, tracking_number: trackingNumber }),
      ...(refusalCode === '' ? {} : { refusal_code: refusalCode }),
    },
  };
}

function typeOf({ state }: ShipmentEvent, before: Shipment): EventType<ShipmentChanged> {
  switch (state) {
    case 'ARRANGING':
      throw new Error('a shipment that waits for the carrier has no history yet');
    case 'CANCELLING':
      return SHIPPING_EVENTS.ARRANGED; // the carrier accepted it, and is about to be told otherwise
    case 'ARRANGED':
      return before.state === 'ARRANGED' ? SHIPPING_EVENTS.AMENDED : SHIPPING_EVENTS.ARRANGED;
    default:
      return SHIPPING_EVENTS[state];
  }
}
