import { CheckoutCustomerWritten } from '../../../gen/tradewind/notification/v1/events.ts';
import { eventType } from '../../chassis/events/index.ts';

/** What the notification process publishes: its part in checkouts without a saga. */
export const NOTIFICATION_EVENTS = {
  checkoutWritten: eventType('checkout-letter.written', {
    schema: 'tradewind.notification.v1.CheckoutCustomerWritten',
    message: CheckoutCustomerWritten,
  }),
} as const;
