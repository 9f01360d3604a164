import { CheckoutPaymentMoved, CheckoutPaymentRefused } from '../../../../gen/tradewind/payment/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What the order process reads of payments, from the contract of the payment process. */
export const PAYMENT_EVENTS = {
  authorized: eventType('checkout-payment.authorized', {
    schema: 'tradewind.payment.v1.CheckoutPaymentMoved',
    message: CheckoutPaymentMoved,
  }),
  refused: eventType('checkout-payment.refused', {
    schema: 'tradewind.payment.v1.CheckoutPaymentRefused',
    message: CheckoutPaymentRefused,
  }),
  captured: eventType('checkout-payment.captured', {
    schema: 'tradewind.payment.v1.CheckoutPaymentMoved',
    message: CheckoutPaymentMoved,
  }),
  captureRefused: eventType('checkout-payment.capture-refused', {
    schema: 'tradewind.payment.v1.CheckoutPaymentRefused',
    message: CheckoutPaymentRefused,
  }),
  voided: eventType('checkout-payment.voided', {
    schema: 'tradewind.payment.v1.CheckoutPaymentMoved',
    message: CheckoutPaymentMoved,
  }),
} as const;
