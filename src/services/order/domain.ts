export { advance, beginCancellation, CONFIRMING_STEP, type Advance } from './domain/advance.ts';
export { assertEachProductOnce, priceCart, type CartLine, type CatalogueItem, type PricedCart } from './domain/cart.ts';
export { add, equals, format, isNothing, times, type Money } from './domain/money.ts';
export {
  orderNotFound,
  orderRefusal,
  parseOrderId,
  parseUserId,
  type Address,
  type Cancellation,
  type Order,
  type OrderEvent,
  type OrderEventKind,
  type OrderId,
  type OrderLine,
  type OrderProgress,
  type OrderState,
  type UserId,
} from './domain/order.ts';
export type { OrderSaga, SagaNews, SagaNewsEntry } from './domain/saga-news.ts';
