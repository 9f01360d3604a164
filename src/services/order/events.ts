import {
  CheckoutConfirmed,
  CheckoutDecided,
  CheckoutOpened,
  OrderCancelled,
  OrderCancelling,
  OrderConfirmed,
  OrderLinesCancelled,
  OrderPlaced,
} from '../../../gen/tradewind/order/v1/events.ts';
import { eventType } from '../../chassis/events/index.ts';
const decided = { schema: 'tradewind.order.v1.CheckoutDecided', message: CheckoutDecided };

/** What the order process tells others, by the type of the event. Other processes declare what they read of it themselves, from the contract. */
export const ORDER_EVENTS = {
  placed: eventType('order.placed', { schema: 'tradewind.order.v1.OrderPlaced', message: OrderPlaced }),
  confirmed: eventType('order.confirmed', { schema: 'tradewind.order.v1.OrderConfirmed', message: OrderConfirmed }),
  cancelling: eventType('order.cancelling', { schema: 'tradewind.order.v1.OrderCancelling', message: OrderCancelling }),
  cancelled: eventType('order.cancelled', { schema: 'tradewind.order.v1.OrderCancelled', message: OrderCancelled }),
  linesCancelled: eventType('order.lines-cancelled', {
    schema: 'tradewind.order.v1.OrderLinesCancelled',
    message: OrderLinesCancelled,
  }),
  checkoutOpened: eventType('checkout.opened', {
    schema: 'tradewind.order.v1.CheckoutOpened',
    message: CheckoutOpened,
  }),
  checkoutReady: eventType('checkout.ready', decided),
  checkoutAbandoned: eventType('checkout.abandoned', decided),
  checkoutConfirmed: eventType('checkout.confirmed', {
    schema: 'tradewind.order.v1.CheckoutConfirmed',
    message: CheckoutConfirmed,
  }),
} as const;
