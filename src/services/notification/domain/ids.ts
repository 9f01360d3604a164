import { idParser, type Branded } from '../../../chassis/core/index.ts';

/** Names a message. */
export type NotificationId = Branded<'NotificationId'>;
/** Names whom it is for; of the user process. */
export type UserId = Branded<'UserId'>;
/** Names the order it is about; of the order process. */
export type OrderId = Branded<'OrderId'>;
/** Names a product that somebody waits for; of the product process. */
export type ProductId = Branded<'ProductId'>;

/** The parsers; INVALID_ARGUMENT names the field. */
export const parseNotificationId = idParser<'NotificationId'>('notification_id');
export const parseUserId = idParser<'UserId'>('user_id');
export const parseOrderId = idParser<'OrderId'>('order_id');
export const parseProductId = idParser<'ProductId'>('product_id');
