import { CheckoutShipmentMoved, CheckoutShipmentRefused } from '../../../../gen/tradewind/shipping/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What the order process reads of shipments, from the contract of the shipping process. */
export const SHIPPING_EVENTS = {
  arranged: eventType('checkout-shipment.arranged', {
    schema: 'tradewind.shipping.v1.CheckoutShipmentMoved',
    message: CheckoutShipmentMoved,
  }),
  refused: eventType('checkout-shipment.refused', {
    schema: 'tradewind.shipping.v1.CheckoutShipmentRefused',
    message: CheckoutShipmentRefused,
  }),
  cancelled: eventType('checkout-shipment.cancelled', {
    schema: 'tradewind.shipping.v1.CheckoutShipmentMoved',
    message: CheckoutShipmentMoved,
  }),
} as const;
