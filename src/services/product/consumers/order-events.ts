import {
  CheckoutDecided,
  CheckoutOpened,
  OrderCancelled,
  OrderConfirmed,
  OrderLinesCancelled,
} from '../../../../gen/tradewind/order/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What the product process reads of orders, from the contract of the order process. */
export const ORDER_EVENTS = {
  confirmed: eventType('order.confirmed', { schema: 'tradewind.order.v1.OrderConfirmed', message: OrderConfirmed }),
  cancelled: eventType('order.cancelled', { schema: 'tradewind.order.v1.OrderCancelled', message: OrderCancelled }),
  linesCancelled: eventType('order.lines-cancelled', {
    schema: 'tradewind.order.v1.OrderLinesCancelled',
    message: OrderLinesCancelled,
  }),
  checkoutOpened: eventType('checkout.opened', {
    schema: 'tradewind.order.v1.CheckoutOpened',
    message: CheckoutOpened,
  }),
  checkoutAbandoned: eventType('checkout.abandoned', {
    schema: 'tradewind.order.v1.CheckoutDecided',
    message: CheckoutDecided,
  }),
} as const;

/** The data of any of them. */
export type OrderNews = OrderConfirmed | OrderCancelled | OrderLinesCancelled;
