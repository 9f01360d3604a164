import {
  CheckoutPaymentMoved,
  CheckoutPaymentRefused,
  PaymentChanged,
} from '../../../gen/tradewind/payment/v1/events.ts';
import { assertNever } from '../../chassis/core/index.ts';
import { eventType, type EventType } from '../../chassis/events/index.ts';
import type { Payment, PaymentEvent } from './domain.ts';

const payment = { schema: 'tradewind.payment.v1.PaymentChanged', message: PaymentChanged };
const checkoutMoved = { schema: 'tradewind.payment.v1.CheckoutPaymentMoved', message: CheckoutPaymentMoved };
const checkoutRefused = { schema: 'tradewind.payment.v1.CheckoutPaymentRefused', message: CheckoutPaymentRefused };

/** What the payment process publishes. */
export const PAYMENT_EVENTS = {
  authorized: eventType('payment.authorized', payment),
  declined: eventType('payment.declined', payment),
  captured: eventType('payment.captured', payment),
  voided: eventType('payment.voided', payment),
  refunded: eventType('payment.refunded', payment),
  expired: eventType('payment.expired', payment),
  checkoutAuthorized: eventType('checkout-payment.authorized', checkoutMoved),
  checkoutCaptured: eventType('checkout-payment.captured', checkoutMoved),
  checkoutVoided: eventType('checkout-payment.voided', checkoutMoved),
  checkoutRefused: eventType('checkout-payment.refused', checkoutRefused),
  checkoutCaptureRefused: eventType('checkout-payment.capture-refused', checkoutRefused),
} as const;

/** What the outbox says of a change. */
export interface PublishedEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What others hear of a payment that an event has led to where it stands now; undefined: it is nobody else's business. */
export function publishedEvent(event: PaymentEvent, after: Payment): PublishedEvent | undefined {
  const told = typeOf(event, after);
  return told && { type: told.type, payload: payloadOf(after) };
}

function typeOf(event: PaymentEvent, { state }: Payment): EventType<PaymentChanged> | undefined {
  switch (event.type) {
    case 'authorization-approved':
      return PAYMENT_EVENTS.authorized;
    case 'authorization-declined':
      return state === 'VOIDED' ? PAYMENT_EVENTS.voided : PAYMENT_EVENTS.declined;
    case 'captured':
      return PAYMENT_EVENTS.captured;
    case 'voided':
      return PAYMENT_EVENTS.voided;
    case 'refunded':
      return PAYMENT_EVENTS.refunded;
    case 'hold-expired':
      return PAYMENT_EVENTS.expired;
    case 'capture-refused':
      return state === 'EXPIRED' ? PAYMENT_EVENTS.expired : undefined;
    case 'capture-requested':
    case 'void-requested':
    case 'refund-requested':
    case 'refund-refused':
      return undefined;
    default:
      return assertNever(event);
  }
}

/** Amounts are minor units, as text. */
function payloadOf(payment: Payment): Readonly<Record<string, unknown>> {
  const { id, orderId, userId, state, currency, declineCode } = payment;
  return {
    payment_id: id,
    order_id: orderId,
    user_id: userId,
    state,
    currency,
    amount: String(payment.amount),
    captured: String(payment.captured),
    refunded: String(payment.refunded),
    ...(declineCode === '' ? {} : { decline_code: declineCode }),
  };
}
