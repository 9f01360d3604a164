import { CheckoutPaymentMoved } from '../../../../gen/tradewind/payment/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What the product process reads of payments, from the contract of the payment process. */
export const PAYMENT_EVENTS = {
  checkoutCaptured: eventType('checkout-payment.captured', {
    schema: 'tradewind.payment.v1.CheckoutPaymentMoved',
    message: CheckoutPaymentMoved,
  }),
} as const;
