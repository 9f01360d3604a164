export { advance, beginCancellation, CONFIRMING_STEP, type Advance } from './domain/advance.ts';
export { assertEachProductOnce, priceCart, type CatalogueItem, type PricedCart } from './domain/cart.ts';
export type { CartLine } from './domain/cart-line.ts';
export {
  beginLineCancellation,
  dueTotal,
  planLineCancellation,
  quantityLeft,
  REDUCING_STEP,
  REFUNDING_STEP,
  refundedTotal,
  type LineCancellationPlan,
} from './domain/line-cancellation.ts';
export { add, equals, format, isNothing, times, type Money } from './domain/money.ts';
export {
  orderNotFound,
  orderRefusal,
  parseOrderId,
  parseUserId,
  type Address,
  type Cancellation,
  type LineCancellation,
  type Order,
  type OrderEvent,
  type OrderEventKind,
  type OrderId,
  type OrderLine,
  type OrderProgress,
  type OrderState,
  type Reduction,
  type UserId,
} from './domain/order.ts';
export { pointsFor } from './domain/points.ts';
export type { OrderSaga, SagaNews, SagaNewsEntry } from './domain/saga-news.ts';
