export { advance, beginCancellation, CONFIRMING_STEP } from './domain/advance.ts';
export { assertEachProductOnce, priceCart, type CatalogueItem, type PricedCart } from './domain/cart.ts';
export type { CartLine } from './domain/cart-line.ts';
export type { Decision } from './domain/decide.ts';
export { evolve } from './domain/evolve.ts';
export {
  beginLineCancellation,
  planLineCancellation,
  REDUCING_STEP,
  REFUNDING_STEP,
  type LineCancellationPlan,
} from './domain/line-cancellation.ts';
export { add, equals, format, fromNanos, isNothing, times, type Money } from './domain/money.ts';
export {
  orderNotFound,
  orderRefusal,
  parseOrderId,
  parseUserId,
  type Address,
  type Cancellation,
  type LineCancellation,
  type NewOrder,
  type Order,
  type OrderId,
  type OrderLine,
  type OrderState,
  type Reduction,
  type UserId,
} from './domain/order.ts';
export { isToldOutside, type Learned, type OrderEvent, type OrderEventKind } from './domain/order-event.ts';
export { placeOrder } from './domain/place-order.ts';
export { pointsFor } from './domain/points.ts';
export { dueTotal, quantityLeft, refundedTotal } from './domain/reduction.ts';
export { countOrder, talliesOf, tallyDifference, type CountedOrder, type Tally } from './domain/statistics.ts';
export type { OrderSaga, SagaNews, SagaNewsEntry } from './domain/saga-news.ts';
