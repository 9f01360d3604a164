import {
  CheckoutStockMoved,
  CheckoutStockRefused,
  ProductChanged,
  ProductDeleted,
  ReservationChanged,
  StockAdjusted,
  StockLevelCrossed,
} from '../../../gen/tradewind/product/v1/events.ts';
import { eventType, type NewEvent } from '../../chassis/events/index.ts';
import type { AdjustmentReason, Crossing, Line, Product, Reservation, Shelf } from './domain.ts';
import type { MovedStock } from './stock-repository.ts';

const product = { schema: 'tradewind.product.v1.ProductChanged', message: ProductChanged };
const reservation = { schema: 'tradewind.product.v1.ReservationChanged', message: ReservationChanged };
const checkoutStock = { schema: 'tradewind.product.v1.CheckoutStockMoved', message: CheckoutStockMoved };
const level = { schema: 'tradewind.product.v1.StockLevelCrossed', message: StockLevelCrossed };

/** What the product process publishes; sql/reserve-many.sql and sql/commit-many.sql tell some of it as well. */
export const PRODUCT_EVENTS = {
  created: eventType('product.created', product),
  updated: eventType('product.updated', product),
  discontinued: eventType('product.discontinued', product),
  deleted: eventType('product.deleted', { schema: 'tradewind.product.v1.ProductDeleted', message: ProductDeleted }),
  held: eventType('reservation.held', reservation),
  committed: eventType('reservation.committed', reservation),
  released: eventType('reservation.released', reservation),
  expired: eventType('reservation.expired', reservation),
  returned: eventType('reservation.returned', reservation),
  adjusted: eventType('stock.adjusted', { schema: 'tradewind.product.v1.StockAdjusted', message: StockAdjusted }),
  low: eventType('stock.low', level),
  back: eventType('stock.back', level),
  checkoutHeld: eventType('checkout-stock.held', checkoutStock),
  checkoutReleased: eventType('checkout-stock.released', checkoutStock),
  checkoutSold: eventType('checkout-stock.sold', checkoutStock),
  checkoutRefused: eventType('checkout-stock.refused', {
    schema: 'tradewind.product.v1.CheckoutStockRefused',
    message: CheckoutStockRefused,
  }),
} as const;

/** What can happen to a reservation. */
export type ReservationEventKind = 'held' | 'committed' | 'released' | 'expired' | 'returned';

/** A product that is new in the catalogue, as the outbox keeps it. */
export function productCreated(made: Product): NewEvent {
  return productChanged('created', made);
}

/** A change of a product, as the outbox keeps it; `after` has the version that the change gave it. */
export function productUpdated(before: Product, after: Product): NewEvent {
  return productChanged(
    before.state === 'ACTIVE' && after.state === 'DISCONTINUED' ? 'discontinued' : 'updated',
    after,
  );
}

function productChanged(kind: 'created' | 'updated' | 'discontinued', after: Product): NewEvent {
  const { id, sku, name, category, price, state, available } = after;
  return {
    aggregateType: 'product',
    aggregateId: id,
    sequence: after.version,
    type: PRODUCT_EVENTS[kind].type,
    payload: {
      ...{ product_id: id, sku, name, category },
      price: { currency_code: price.currencyCode, units: String(price.units), nanos: price.nanos },
      ...{ state, available_quantity: available },
    },
  };
}

/** A product that was taken out of the catalogue, as the outbox keeps it; `version`: the one that it was deleted with. */
export function productDeleted({ id, sku, name }: Product, version: bigint): NewEvent {
  return {
    aggregateType: 'product',
    aggregateId: id,
    sequence: version,
    type: PRODUCT_EVENTS.deleted.type,
    payload: { product_id: id, sku, name },
  };
}

/** A change of a reservation, as the outbox keeps it; `lines`: what was moved, by default all of it. */
export function reservationEvent(
  kind: ReservationEventKind,
  changed: Reservation,
  lines: readonly Line[] = changed.lines,
): NewEvent {
  return {
    aggregateType: 'reservation',
    aggregateId: changed.id,
    sequence: changed.version,
    type: PRODUCT_EVENTS[kind].type,
    payload: {
      reservation_id: changed.id,
      lines: lines.map(({ productId, quantity }) => ({ product_id: productId, quantity })),
    },
  };
}

/** An adjustment of a product's stock, as the outbox keeps it. */
export function stockAdjusted(
  stock: MovedStock,
  adjustment: { readonly delta: number; readonly reason: AdjustmentReason; readonly note: string },
): NewEvent {
  return {
    aggregateType: 'stock',
    aggregateId: stock.productId,
    sequence: stock.eventCount,
    type: PRODUCT_EVENTS.adjusted.type,
    payload: { product_id: stock.productId, ...adjustment, available_quantity: stock.available },
  };
}

/** Stock that crossed a line, as the outbox keeps it; `shelf` after the crossing. */
export function stockCrossed(
  crossing: Crossing,
  { productId, sku, name, available, lowStockThreshold }: Shelf,
  sequence: bigint,
): NewEvent {
  return {
    aggregateType: 'stock',
    aggregateId: productId,
    sequence,
    type: PRODUCT_EVENTS[crossing].type,
    payload: {
      ...{ product_id: productId, sku, name },
      ...{ available_quantity: available, low_stock_threshold: lowStockThreshold },
    },
  };
}
