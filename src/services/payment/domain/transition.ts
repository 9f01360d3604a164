import { assertNever } from '../../../chassis/core/index.ts';
import type { Booking } from './ledger.ts';
import { stateConflict, type Payment, type PaymentState } from './payment.ts';

/** What can happen to a payment. Amounts are minor units of its currency. */
export type PaymentEvent =
  | { readonly type: 'authorization-approved'; readonly providerReference: string; readonly expiresAt: Date }
  | { readonly type: 'authorization-declined'; readonly providerReference: string; readonly declineCode: string }
  | { readonly type: 'capture-requested' }
  | { readonly type: 'captured'; readonly minor: bigint; readonly captureReference: string }
  /** `holdGone`: there is nothing left to capture, now or later. */
  | { readonly type: 'capture-refused'; readonly holdGone: boolean }
  | { readonly type: 'void-requested' }
  | { readonly type: 'voided' }
  | { readonly type: 'refund-requested'; readonly minor: bigint }
  | { readonly type: 'refunded'; readonly minor: bigint; readonly refundReference: string }
  | { readonly type: 'refund-refused'; readonly minor: bigint }
  | { readonly type: 'hold-expired' };

/** A payment after an event, and what the ledger has to say about it. */
export interface Transition {
  readonly payment: Payment;
  readonly bookings: readonly Booking[];
}

/** From which states each event is legal. */
const LEGAL = {
  'authorization-approved': ['AUTHORIZING', 'VOIDING'],
  'authorization-declined': ['AUTHORIZING', 'VOIDING'],
  'capture-requested': ['AUTHORIZED'],
  captured: ['CAPTURING'],
  'capture-refused': ['CAPTURING'],
  'void-requested': ['AUTHORIZING', 'AUTHORIZED'],
  voided: ['VOIDING'],
  'refund-requested': ['CAPTURED', 'PARTIALLY_REFUNDED'],
  refunded: ['CAPTURED', 'PARTIALLY_REFUNDED'],
  'refund-refused': ['CAPTURED', 'PARTIALLY_REFUNDED'],
  'hold-expired': ['AUTHORIZED'],
} as const satisfies Record<PaymentEvent['type'], readonly PaymentState[]>;

/** How an illegal event is named to the caller. */
const WANTED = {
  'authorization-approved': 'authorized',
  'authorization-declined': 'declined',
  'capture-requested': 'captured',
  captured: 'captured',
  'capture-refused': 'released from a capture',
  'void-requested': 'voided',
  voided: 'voided',
  'refund-requested': 'refunded',
  refunded: 'refunded',
  'refund-refused': 'released from a refund',
  'hold-expired': 'expired',
} as const satisfies Record<PaymentEvent['type'], string>;

/**
 * The one way a payment changes. FAILED_PRECONDITION (PAYMENT_STATE_CONFLICT) when the state does not allow the event.
 * Whoever asks for a refund has bounded it by refundAmount, for a capture by captureAmount.
 */
export function transition(payment: Payment, event: PaymentEvent): Transition {
  assertAllowed(payment, event.type);
  return apply(payment, event);
}

/** FAILED_PRECONDITION (PAYMENT_STATE_CONFLICT) when the state does not allow such an event. */
export function assertAllowed(payment: Payment, type: PaymentEvent['type']): void {
  const legal: readonly PaymentState[] = LEGAL[type];
  const isAnsweredTwice = type.startsWith('authorization-') && payment.expiresAt !== undefined;
  if (isAnsweredTwice || !legal.includes(payment.state)) throw stateConflict(payment, WANTED[type]);
}

function apply(payment: Payment, event: PaymentEvent): Transition {
  switch (event.type) {
    case 'authorization-approved':
      return approved(payment, event);
    case 'authorization-declined':
      return declined(payment, event);
    case 'capture-requested':
      return { payment: { ...payment, state: 'CAPTURING' }, bookings: [] };
    case 'captured':
      return captured(payment, event);
    case 'capture-refused':
      return event.holdGone
        ? ended(payment, 'EXPIRED')
        : { payment: { ...payment, state: 'AUTHORIZED' }, bookings: [] };
    case 'void-requested':
      return { payment: { ...payment, state: 'VOIDING' }, bookings: [] };
    case 'voided':
      return ended(payment, 'VOIDED');
    case 'refund-requested':
      return { payment: { ...payment, refunding: payment.refunding + event.minor }, bookings: [] };
    case 'refunded':
      return refunded(payment, event);
    case 'refund-refused':
      return { payment: { ...payment, refunding: payment.refunding - event.minor }, bookings: [] };
    case 'hold-expired':
      return ended(payment, 'EXPIRED');
    default:
      return assertNever(event);
  }
}

type Approved = Extract<PaymentEvent, { type: 'authorization-approved' }>;

/** A hold that comes while the payment is being voided is booked too: the void that follows releases it. */
function approved(payment: Payment, { providerReference, expiresAt }: Approved): Transition {
  const state = payment.state === 'VOIDING' ? 'VOIDING' : 'AUTHORIZED';
  return {
    payment: { ...payment, state, providerReference, expiresAt },
    bookings: [{ kind: 'AUTHORIZATION', minor: payment.amount, providerReference }],
  };
}

type Declined = Extract<PaymentEvent, { type: 'authorization-declined' }>;

/** Nothing is held, so a payment that was being voided is voided with it. */
function declined(payment: Payment, { providerReference, declineCode }: Declined): Transition {
  if (payment.state === 'VOIDING') return { payment: { ...payment, state: 'VOIDED', providerReference }, bookings: [] };
  return { payment: { ...payment, state: 'DECLINED', providerReference, declineCode }, bookings: [] };
}

/** The whole hold ends with the capture, also when less was taken. */
function captured(payment: Payment, event: Extract<PaymentEvent, { type: 'captured' }>): Transition {
  const { minor, captureReference } = event;
  return {
    payment: { ...payment, state: 'CAPTURED', captured: minor, captureReference },
    bookings: [
      { kind: 'RELEASE', minor: payment.amount, providerReference: payment.providerReference },
      { kind: 'CAPTURE', minor, providerReference: captureReference },
    ],
  };
}

function refunded(payment: Payment, event: Extract<PaymentEvent, { type: 'refunded' }>): Transition {
  const refunding = payment.refunding - event.minor;
  const total = payment.refunded + event.minor;
  const state = total === payment.captured ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  return {
    payment: { ...payment, state, refunding, refunded: total },
    bookings: [{ kind: 'REFUND', minor: event.minor, providerReference: event.refundReference }],
  };
}

/** The hold ends without money; a payment the provider never held anything for has nothing to release. */
function ended(payment: Payment, state: 'VOIDED' | 'EXPIRED'): Transition {
  const { providerReference, amount, expiresAt } = payment;
  const held = expiresAt !== undefined;
  return {
    payment: { ...payment, state },
    bookings: held ? [{ kind: 'RELEASE', minor: amount, providerReference }] : [],
  };
}
