import { CheckoutConfirmed, OrderCancelled } from '../../../../gen/tradewind/order/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What notification reads of orders, from the contract of the order process. */
export const ORDER_EVENTS = {
  cancelled: eventType('order.cancelled', { schema: 'tradewind.order.v1.OrderCancelled', message: OrderCancelled }),
  checkoutConfirmed: eventType('checkout.confirmed', {
    schema: 'tradewind.order.v1.CheckoutConfirmed',
    message: CheckoutConfirmed,
  }),
} as const;
