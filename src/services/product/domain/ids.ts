import { idParser, type Branded } from '../../../chassis/core/index.ts';

/** Names a product. */
export type ProductId = Branded<'ProductId'>;
/** Names a reservation; chosen by who makes it. */
export type ReservationId = Branded<'ReservationId'>;

/** The parsers; INVALID_ARGUMENT names the field. */
export const parseProductId = idParser<'ProductId'>('product_id');
export const parseReservationId = idParser<'ReservationId'>('reservation_id');
/** UpdateProduct carries the id inside the product. */
export const parseIdOfProduct = idParser<'ProductId'>('product.id');
