import { CheckoutDecided, CheckoutOpened } from '../../../../gen/tradewind/order/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What the payment process reads of orders, from the contract of the order process. */
export const ORDER_EVENTS = {
  checkoutOpened: eventType('checkout.opened', {
    schema: 'tradewind.order.v1.CheckoutOpened',
    message: CheckoutOpened,
  }),
  checkoutReady: eventType('checkout.ready', {
    schema: 'tradewind.order.v1.CheckoutDecided',
    message: CheckoutDecided,
  }),
  checkoutAbandoned: eventType('checkout.abandoned', {
    schema: 'tradewind.order.v1.CheckoutDecided',
    message: CheckoutDecided,
  }),
} as const;
