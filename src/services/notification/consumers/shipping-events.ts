import { ShipmentChanged } from '../../../../gen/tradewind/shipping/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

const data = { schema: 'tradewind.shipping.v1.ShipmentChanged', message: ShipmentChanged };

/** What notification reads of shipments, from the contract of the shipping process. */
export const SHIPPING_EVENTS = {
  pickedUp: eventType('shipment.picked_up', data),
  outForDelivery: eventType('shipment.out_for_delivery', data),
  delivered: eventType('shipment.delivered', data),
  returned: eventType('shipment.returned', data),
  lost: eventType('shipment.lost', data),
} as const;
