export { countPairs, type BasketChange, type PairCount } from './domain/co-purchases.ts';
export { outOfStock, productNotFound, reservationNotFound, skuTaken } from './domain/errors.ts';
export { withoutGap } from './domain/gap.ts';
export {
  parseIdOfProduct,
  parseProductId,
  parseReservationId,
  type ProductId,
  type ReservationId,
} from './domain/ids.ts';
export { parseDecimal, parsePrice, parsePriceRange, priceFault, type Price, type PriceRange } from './domain/price.ts';
export {
  changeProduct,
  saysTheSame,
  type NewProduct,
  type Product,
  type ProductAttribute,
  type ProductChange,
  type ProductState,
} from './domain/product.ts';
export {
  DEFAULT_TTL_SECONDS,
  assertDistinct,
  assertReservable,
  commit,
  idTaken,
  release,
  shortages,
  type LockedReservation,
  type Reservation,
  type ReservationState,
  type Transition,
} from './domain/reservation.ts';
export { searchQuery, searchVector, sortName, wordsOf, type SearchQuery } from './domain/search-words.ts';
export { DEFAULT_LOW_STOCK_THRESHOLD, crossingOf, type Crossing, type StockLevel } from './domain/stock-level.ts';
export { returnPieces } from './domain/stock-return.ts';
export {
  MOVES,
  assertAdjustable,
  type AdjustmentReason,
  type ChangeKind,
  type Line,
  type MoveKind,
  type Shelf,
  type Stock,
  type StockChange,
} from './domain/stock.ts';
