import type {
  Reservation as ReservationMessage,
  Stock as StockMessage,
} from '../../../gen/tradewind/product/v1/inventory.ts';
import {
  AdjustmentReason,
  ReservationState as WireReservationState,
  StockChangeKind,
  WatchStockResponse,
} from '../../../gen/tradewind/product/v1/inventory.ts';
import {
  Product as ProductMessage,
  ProductState as WireProductState,
} from '../../../gen/tradewind/product/v1/product.ts';
import { etagOf } from '../../chassis/store/index.ts';
import type {
  AdjustmentReason as Reason,
  ChangeKind,
  Product,
  ProductState,
  Reservation,
  ReservationState,
  Stock,
  StockChange,
} from './domain.ts';

const PRODUCT_STATES = {
  ACTIVE: WireProductState.PRODUCT_STATE_ACTIVE,
  DISCONTINUED: WireProductState.PRODUCT_STATE_DISCONTINUED,
} as const satisfies Record<ProductState, WireProductState>;

const RESERVATION_STATES = {
  HELD: WireReservationState.RESERVATION_STATE_HELD,
  COMMITTED: WireReservationState.RESERVATION_STATE_COMMITTED,
  RELEASED: WireReservationState.RESERVATION_STATE_RELEASED,
  EXPIRED: WireReservationState.RESERVATION_STATE_EXPIRED,
  TOMBSTONED: WireReservationState.RESERVATION_STATE_RELEASED,
} as const satisfies Record<ReservationState, WireReservationState>;

const CHANGE_KINDS = {
  CREATED: StockChangeKind.STOCK_CHANGE_KIND_CREATED,
  ADJUSTED: StockChangeKind.STOCK_CHANGE_KIND_ADJUSTED,
  RESERVED: StockChangeKind.STOCK_CHANGE_KIND_RESERVED,
  COMMITTED: StockChangeKind.STOCK_CHANGE_KIND_COMMITTED,
  RELEASED: StockChangeKind.STOCK_CHANGE_KIND_RELEASED,
  EXPIRED: StockChangeKind.STOCK_CHANGE_KIND_EXPIRED,
  RETURNED: StockChangeKind.STOCK_CHANGE_KIND_RETURNED,
  COMMITTED_LATE: StockChangeKind.STOCK_CHANGE_KIND_COMMITTED_LATE,
} as const satisfies Record<ChangeKind, StockChangeKind>;

const ADJUSTMENT_REASONS = {
  RESTOCK: AdjustmentReason.ADJUSTMENT_REASON_RESTOCK,
  RETURN: AdjustmentReason.ADJUSTMENT_REASON_RETURN,
  DAMAGE: AdjustmentReason.ADJUSTMENT_REASON_DAMAGE,
  LOSS: AdjustmentReason.ADJUSTMENT_REASON_LOSS,
  COUNT: AdjustmentReason.ADJUSTMENT_REASON_COUNT,
} as const satisfies Record<Reason, AdjustmentReason>;

/** The product as the contract shows it. */
export function productMessage(product: Product): ProductMessage {
  return ProductMessage.create({
    id: product.id,
    sku: product.sku,
    name: product.name,
    description: product.description,
    category: product.category,
    price: product.price,
    state: PRODUCT_STATES[product.state],
    imageUri: product.imageUri,
    attributes: [...product.attributes],
    availableQuantity: product.available,
    lowStockThreshold: product.lowStockThreshold,
    createTime: product.createTime,
    updateTime: product.updateTime,
    etag: etagOf(product.version),
  });
}

/** The stock as the contract shows it. */
export function stockMessage(stock: Stock): StockMessage {
  return {
    productId: stock.productId,
    availableQuantity: stock.available,
    reservedQuantity: stock.reserved,
    soldQuantity: stock.sold,
    receivedQuantity: stock.received,
    updateTime: stock.updateTime,
  };
}

/** The reservation as the contract shows it. */
export function reservationMessage(reservation: Reservation): ReservationMessage {
  return {
    id: reservation.id,
    state: RESERVATION_STATES[reservation.state],
    lines: reservation.lines.map(({ productId, quantity }) => ({ productId, quantity })),
    expireTime: reservation.expireTime,
    releaseReason: reservation.releaseReason,
    createTime: reservation.createTime,
    updateTime: reservation.updateTime,
  };
}

/** A change of stock as the contract streams it. */
export function changeMessage(change: StockChange): WatchStockResponse {
  return {
    position: change.position,
    kind: CHANGE_KINDS[change.kind],
    stock: stockMessage(change.stock),
    quantity: change.quantity,
    reservationId: change.reservationId,
    adjustmentReason:
      change.adjustmentReason === undefined
        ? AdjustmentReason.ADJUSTMENT_REASON_UNSPECIFIED
        : ADJUSTMENT_REASONS[change.adjustmentReason],
    note: change.note,
    changeTime: change.changeTime,
  };
}

/** How a product stood when a stream began. */
export function snapshotMessage(stock: Stock, position: bigint): WatchStockResponse {
  return WatchStockResponse.create({
    position,
    kind: StockChangeKind.STOCK_CHANGE_KIND_SNAPSHOT,
    stock: stockMessage(stock),
    changeTime: stock.updateTime,
  });
}

/** The state a request names; undefined for "unspecified". */
export function fromProductState(state: WireProductState): ProductState | undefined {
  if (state === WireProductState.PRODUCT_STATE_ACTIVE) return 'ACTIVE';
  if (state === WireProductState.PRODUCT_STATE_DISCONTINUED) return 'DISCONTINUED';
  return undefined;
}

const REASONS = new Map<AdjustmentReason, Reason>(
  Object.entries(ADJUSTMENT_REASONS).map(([name, value]) => [value, name as Reason]), // keys of the table above
);

/** The reason a request names. The contract lets no other number through. */
export function fromAdjustmentReason(reason: AdjustmentReason): Reason {
  const name = REASONS.get(reason);
  if (name === undefined) throw new Error(`${reason} is no adjustment reason`);
  return name;
}
