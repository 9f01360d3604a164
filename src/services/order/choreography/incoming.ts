import type { Refusal } from '../../../../gen/tradewind/type/v1/refusal.ts';
import { STATUS_CODES, type ErrorStatus } from '../../../chassis/core/index.ts';
import type { EventType, ReceivedEvent } from '../../../chassis/events/index.ts';
import { LOYALTY_EVENTS } from '../consumers/loyalty-events.ts';
import { NOTIFICATION_EVENTS } from '../consumers/notification-events.ts';
import { PAYMENT_EVENTS } from '../consumers/payment-events.ts';
import { PRODUCT_EVENTS } from '../consumers/product-events.ts';
import { SHIPPING_EVENTS } from '../consumers/shipping-events.ts';
import type { Word } from './checkout.ts';

/** What those who take part may say, together. */
export interface Said {
  readonly orderId: string;
  readonly refusal?: Refusal | undefined;
  readonly paymentId?: string;
  readonly shipmentId?: string;
  readonly points?: bigint;
}

/** The events that a checkout without a saga is carried on by, by the process that tells of them. */
export const INCOMING: Readonly<Record<string, readonly EventType<Said>[]>> = {
  product: Object.values(PRODUCT_EVENTS),
  payment: Object.values(PAYMENT_EVENTS),
  shipping: Object.values(SHIPPING_EVENTS),
  loyalty: Object.values(LOYALTY_EVENTS),
  notification: Object.values(NOTIFICATION_EVENTS),
};

/** An event as the order understands it. */
export function toWord({ type, time, data }: ReceivedEvent<Said>): Word {
  const { refusal, paymentId, shipmentId, points } = data;
  return {
    type,
    time,
    ...(refusal !== undefined && { refusal: { ...refusal, status: toStatus(refusal.status) } }),
    ...(paymentId !== undefined && { paymentId }),
    ...(shipmentId !== undefined && { shipmentId }),
    ...(points !== undefined && { points }),
  };
}

/** A status that this version does not know counts as UNKNOWN, as gRPC asks of clients. */
function toStatus(status: string): ErrorStatus {
  return status in STATUS_CODES && status !== 'OK' ? (status as ErrorStatus) : 'UNKNOWN';
}
