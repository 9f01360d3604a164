import {
  CheckoutConfirmed,
  OrderCancelled,
  OrderConfirmed,
  OrderLinesCancelled,
} from '../../../../gen/tradewind/order/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What loyalty reads of orders, from the contract of the order process. */
export const ORDER_EVENTS = {
  confirmed: eventType('order.confirmed', { schema: 'tradewind.order.v1.OrderConfirmed', message: OrderConfirmed }),
  cancelled: eventType('order.cancelled', { schema: 'tradewind.order.v1.OrderCancelled', message: OrderCancelled }),
  linesCancelled: eventType('order.lines-cancelled', {
    schema: 'tradewind.order.v1.OrderLinesCancelled',
    message: OrderLinesCancelled,
  }),
  checkoutConfirmed: eventType('checkout.confirmed', {
    schema: 'tradewind.order.v1.CheckoutConfirmed',
    message: CheckoutConfirmed,
  }),
} as const;
