import { idParser, type Branded } from '../../../chassis/core/index.ts';

/** Names a payment. */
export type PaymentId = Branded<'PaymentId'>;
/** Names the order a payment is for; of the order process. */
export type OrderId = Branded<'OrderId'>;
/** Names whose money it is; of the user process. */
export type UserId = Branded<'UserId'>;
/** Names a card kept at the provider. */
export type PaymentMethodId = Branded<'PaymentMethodId'>;

/** The parsers; INVALID_ARGUMENT names the field. */
export const parsePaymentId = idParser<'PaymentId'>('payment_id');
export const parseOrderId = idParser<'OrderId'>('order_id');
export const parseUserId = idParser<'UserId'>('user_id');
export const parsePaymentMethodId = idParser<'PaymentMethodId'>('payment_method_id');
