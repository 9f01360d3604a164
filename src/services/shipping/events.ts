import type { Shipment, ShipmentEvent } from './domain.ts';

/** What the outbox says of one event in a shipment's history. */
export interface PublishedEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** "shipment.picked_up" and so on: the state that the event led to; "shipment.amended" where that stayed as it was. */
export function publishedEvent(event: ShipmentEvent, before: Shipment, after: Shipment): PublishedEvent {
  const { id, orderId, userId, carrier, trackingNumber, refusalCode } = after;
  return {
    type: `shipment.${typeOf(event, before)}`,
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

function typeOf({ state }: ShipmentEvent, before: Shipment): string {
  if (state === 'CANCELLING') return 'arranged'; // the carrier accepted it, and is about to be told otherwise
  return state === 'ARRANGED' && before.state === 'ARRANGED' ? 'amended' : state.toLowerCase();
}
