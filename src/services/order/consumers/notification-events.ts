import { CheckoutCustomerWritten } from '../../../../gen/tradewind/notification/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What the order process reads of letters, from the contract of the notification process. */
export const NOTIFICATION_EVENTS = {
  written: eventType('checkout-letter.written', {
    schema: 'tradewind.notification.v1.CheckoutCustomerWritten',
    message: CheckoutCustomerWritten,
  }),
} as const;
