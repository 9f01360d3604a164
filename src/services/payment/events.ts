import { assertNever } from '../../chassis/core/index.ts';
import type { Payment, PaymentEvent } from './domain.ts';

/** What the outbox says of a change. */
export interface PublishedEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What others hear of a payment that an event has led to where it stands now; undefined: it is nobody else's business. */
export function publishedEvent(event: PaymentEvent, after: Payment): PublishedEvent | undefined {
  const type = typeOf(event, after);
  return type === undefined ? undefined : { type, payload: payloadOf(after) };
}

function typeOf(event: PaymentEvent, { state }: Payment): string | undefined {
  switch (event.type) {
    case 'authorization-approved':
      return 'payment.authorized';
    case 'authorization-declined':
      return state === 'VOIDED' ? 'payment.voided' : 'payment.declined';
    case 'captured':
      return 'payment.captured';
    case 'voided':
      return 'payment.voided';
    case 'refunded':
      return 'payment.refunded';
    case 'hold-expired':
      return 'payment.expired';
    case 'capture-refused':
      return state === 'EXPIRED' ? 'payment.expired' : undefined;
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
