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

/** What a new order is made of. */
export interface NewOrder {
  readonly id: OrderId;
  readonly userId: UserId;
  readonly lines: readonly OrderLine[];
  /** The sum of the lines, as they were ordered. */
  readonly total: Money;
  readonly shippingAddress: Address;
  /** Empty: the user's default. */
  readonly paymentMethodId: string;
  /** The saga that moves it, or moved it last. */
  readonly sagaId: string;
}

/** A purchase: what its events make of it. */
export interface Order extends NewOrder {
  readonly state: OrderState;
  /** Sagas that are still under way for it. */
  readonly activeSagas: number;
  /** The position of its last event: its version. */
  readonly lastPosition: bigint;
  /** How many of its events others were told of. */
  readonly toldOutside: bigint;
  readonly reservationId: string | undefined;
  readonly paymentId: string | undefined;
  readonly shipmentId: string | undefined;
  readonly pointsAwarded: bigint;
  readonly cancellation: Cancellation | undefined;
  /** Undefined: nothing was taken out or refunded. */
  readonly reduction: Reduction | undefined;
  readonly createTime: Date;
  readonly updateTime: Date;
  readonly confirmTime: Date | undefined;
  readonly cancelTime: Date | undefined;
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
