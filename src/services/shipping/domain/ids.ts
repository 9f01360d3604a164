import { idParser, type Branded } from '../../../chassis/core/index.ts';

/** Names a shipment. */
export type ShipmentId = Branded<'ShipmentId'>;
/** Names the order a shipment is for; of the order process. */
export type OrderId = Branded<'OrderId'>;
/** Names whose parcel it is; of the user process. */
export type UserId = Branded<'UserId'>;

/** The parsers; INVALID_ARGUMENT names the field. */
export const parseShipmentId = idParser<'ShipmentId'>('shipment_id');
export const parseOrderId = idParser<'OrderId'>('order_id');
export const parseUserId = idParser<'UserId'>('user_id');
