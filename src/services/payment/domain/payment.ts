import { AppError } from '../../../chassis/core/index.ts';
import type { Amount } from './amount.ts';
import { assertCurrency } from './amount.ts';
import type { OrderId, PaymentId, PaymentMethodId, UserId } from './ids.ts';

/** Where a payment stands; the contract's PaymentState says what each means. */
export type PaymentState =
  | 'AUTHORIZING'
  | 'AUTHORIZED'
  | 'DECLINED'
  | 'CAPTURING'
  | 'CAPTURED'
  | 'VOIDING'
  | 'VOIDED'
  | 'EXPIRED'
  | 'PARTIALLY_REFUNDED'
  | 'REFUNDED';

/** The payment of one order. Amounts are minor units of its currency. */
export interface Payment {
  readonly id: PaymentId;
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly paymentMethodId: PaymentMethodId;
  readonly state: PaymentState;
  readonly currency: string;
  readonly amount: bigint;
  /** Zero before the capture. */
  readonly captured: bigint;
  /** What went back. */
  readonly refunded: bigint;
  /** What is on its way back: asked for, not answered. */
  readonly refunding: bigint;
  readonly cardBrand: string;
  readonly cardLast4: string;
  /** Empty unless DECLINED. */
  readonly declineCode: string;
  /** The provider's id of the authorization; empty while it has not answered. */
  readonly providerReference: string;
  /** The provider's id of the capture; empty before it. */
  readonly captureReference: string;
  /** When the hold ends unless captured; undefined while none was given. */
  readonly expiresAt: Date | undefined;
}

/** States in which an answer of the provider is awaited: what is refused in them may be allowed a moment later. */
const IN_FLIGHT: ReadonlySet<PaymentState> = new Set<PaymentState>(['AUTHORIZING', 'CAPTURING', 'VOIDING']);

/** True while an answer of the provider decides what the payment becomes. */
export function isInFlight(state: PaymentState): boolean {
  return IN_FLIGHT.has(state);
}

/** True while an order with this payment must not get another one. */
export function blocksOrder(state: PaymentState): boolean {
  return state !== 'DECLINED' && state !== 'VOIDED' && state !== 'EXPIRED';
}

/** FAILED_PRECONDITION, PAYMENT_STATE_CONFLICT, with the state as metadata. */
export function stateConflict(payment: Payment, wanted: string): AppError {
  const description = `a payment that is ${payment.state} cannot be ${wanted}`;
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'PAYMENT_STATE_CONFLICT',
    message: description,
    metadata: { payment_id: payment.id, state: payment.state },
    details: [
      {
        kind: 'preconditionFailure',
        violations: [{ type: 'PAYMENT_STATE_CONFLICT', subject: `payments/${payment.id}`, description }],
      },
    ],
  });
}

/**
 * How much a capture takes, in minor units: all that is held unless told less. INVALID_ARGUMENT (AMOUNT_INVALID) for
 * another currency, FAILED_PRECONDITION (AMOUNT_EXCEEDS_PAYMENT) for more than is held.
 */
export function captureAmount(payment: Payment, asked: Amount | undefined): bigint {
  if (asked === undefined) return payment.amount;
  assertCurrency(asked, payment.currency);
  if (asked.minor > payment.amount) throw exceeds(payment, 'is authorized');
  return asked.minor;
}

/**
 * How much a refund gives back, in minor units: all that is left unless told less. INVALID_ARGUMENT (AMOUNT_INVALID)
 * for another currency, FAILED_PRECONDITION (AMOUNT_EXCEEDS_PAYMENT) for more than is left, or when nothing is; its
 * metadata has `refunding` when refunds on their way are part of why.
 */
export function refundAmount(payment: Payment, asked: Amount | undefined): bigint {
  const left = payment.captured - payment.refunded - payment.refunding;
  if (asked !== undefined) assertCurrency(asked, payment.currency);
  const minor = asked?.minor ?? left;
  if (minor <= left && minor > 0n) return minor;
  const onTheirWay = payment.refunding === 0n ? {} : { refunding: String(payment.refunding) };
  throw exceeds(payment, 'is captured and not yet refunded', onTheirWay);
}

function exceeds(payment: Payment, what: string, facts: Readonly<Record<string, string>> = {}): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'AMOUNT_EXCEEDS_PAYMENT',
    message: `the amount is more than ${what}`,
    metadata: { payment_id: payment.id, state: payment.state, ...facts },
  });
}
