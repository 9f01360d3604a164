import { AppError, idParser, type Branded } from '../../../chassis/core/index.ts';
import type { CartLine } from './cart-line.ts';
import type { Money } from './money.ts';

/** Names an order. */
export type OrderId = Branded<'OrderId'>;
/** Names an account of the user process. */
export type UserId = Branded<'UserId'>;

/** Reads an order's id. */
export const parseOrderId = idParser<'OrderId'>('order_id');
/** Reads a user's id. */
export const parseUserId = idParser<'UserId'>('user_id');

/**
 * Where an order stands. PENDING -> CONFIRMED | CANCELLING -> CANCELLED; CONFIRMED -> CANCELLING, and back when the
 * parcel has left.
 */
export type OrderState = 'PENDING' | 'CONFIRMED' | 'CANCELLING' | 'CANCELLED';

/** What was ordered of one product, as the catalogue had it at placing. */
export interface OrderLine {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly lineTotal: Money;
}

/** Where the parcel goes. */
export interface Address {
  readonly recipient: string;
  readonly lines: readonly string[];
  readonly city: string;
  readonly postalCode: string;
  readonly region: string;
  readonly countryCode: string;
}

/** Why and when an order was given up. */
export interface Cancellation {
  readonly reason: string;
  readonly message: string;
  /** The step that failed; empty when it was cancelled by request. */
  readonly step: string;
  readonly requestTime: Date;
}

/** Pieces that are being taken out of an order. */
export interface LineCancellation {
  /** Each product once. */
  readonly lines: readonly CartLine[];
  /** What they cost. */
  readonly amount: Money;
  readonly reason: string;
  readonly message: string;
  readonly requestTime: Date;
}

/** By how much an order became smaller since it was confirmed. */
export interface Reduction {
  /** What was taken out, each product once. */
  readonly lines: readonly CartLine[];
  /** What that cost. */
  readonly amount: Money;
  /** What went back to the customer; all of the total when the order as a whole was cancelled. */
  readonly refunded: Money;
  /** What is being taken out; none of it is in the other fields before it is out. */
  readonly underWay: LineCancellation | undefined;
}

/** What an order's sagas change. */
export interface OrderProgress {
  readonly id: OrderId;
  readonly state: OrderState;
  /** As it was ordered; never changed. */
  readonly total: Money;
  /** Sagas that are still under way for it. */
  readonly activeSagas: number;
  /** The position of its last event. */
  readonly lastPosition: bigint;
  readonly reservationId: string | undefined;
  readonly paymentId: string | undefined;
  readonly shipmentId: string | undefined;
  readonly pointsAwarded: bigint;
  readonly cancellation: Cancellation | undefined;
  /** Undefined: nothing was taken out or refunded. */
  readonly reduction: Reduction | undefined;
}

/** A purchase. */
export interface Order extends OrderProgress {
  readonly userId: UserId;
  readonly lines: readonly OrderLine[];
  readonly shippingAddress: Address;
  readonly paymentMethodId: string;
  /** The saga that moves it, or moved it last. */
  readonly sagaId: string;
  readonly version: bigint;
  readonly createTime: Date;
  readonly updateTime: Date;
  readonly confirmTime: Date | undefined;
  readonly cancelTime: Date | undefined;
}

/** What an event of an order tells. */
export type OrderEventKind =
  | 'STATE_CHANGED'
  | 'STEP_STARTED'
  | 'STEP_SUCCEEDED'
  | 'STEP_RETRYING'
  | 'STEP_FAILED'
  | 'STEP_UNDONE'
  | 'UNDO_RETRYING'
  | 'STEP_SKIPPED'
  | 'PARKED'
  | 'RESUMED'
  | 'LINES_CANCELLING'
  | 'LINES_CANCELLED'
  | 'LINES_KEPT';

/** One thing that happened to an order. */
export interface OrderEvent {
  readonly position: bigint;
  readonly kind: OrderEventKind;
  /** The order's state after it. */
  readonly state: OrderState;
  /** Empty when it is not of a step. */
  readonly step: string;
  /** 0 when it is not of a step. */
  readonly attempt: number;
  readonly reason: string;
  readonly message: string;
  /** Nothing is under way any more. */
  readonly settled: boolean;
  /** Of LINES_CANCELLED: what was taken out. */
  readonly taken?: Pick<LineCancellation, 'lines' | 'amount'>;
}

/** NOT_FOUND (ORDER_NOT_FOUND). */
export function orderNotFound(id: OrderId): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'ORDER_NOT_FOUND',
    message: `no order has the id ${id}`,
    details: [{ kind: 'resourceInfo', resourceType: 'order', resourceName: id }],
  });
}

/** FAILED_PRECONDITION about an order. */
export function orderRefusal(
  reason: string,
  id: OrderId,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason,
    message,
    metadata,
    details: [
      { kind: 'preconditionFailure', violations: [{ type: reason, subject: `order/${id}`, description: message }] },
    ],
  });
}
