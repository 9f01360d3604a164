import type {
  Advance,
  Address,
  Cancellation,
  LineCancellation,
  Money,
  Order,
  OrderEvent,
  OrderEventKind,
  OrderId,
  OrderLine,
  OrderProgress,
  OrderState,
  Reduction,
  UserId,
} from './domain.ts';
import { placedEvent, toldOutside } from './outbox.ts';

/** What a new order is made of. */
export type NewOrder = Pick<
  Order,
  'id' | 'userId' | 'lines' | 'total' | 'shippingAddress' | 'paymentMethodId' | 'sagaId'
>;

/** The columns of placed_order that sagas change, and the total. */
export interface ProgressRow {
  readonly id: string;
  readonly state: OrderState;
  readonly active_sagas: number;
  readonly last_position: bigint;
  readonly reservation_id: string | null;
  readonly payment_id: string | null;
  readonly shipment_id: string | null;
  readonly points_awarded: bigint;
  readonly cancellation: StoredCancellation | null;
  readonly reduction: StoredReduction | null;
  readonly currency_code: string;
  readonly total_units: bigint;
  readonly total_nanos: number;
}

/** A row of placed_order. */
export interface OrderRow extends ProgressRow {
  readonly user_id: string;
  readonly lines: readonly StoredLine[];
  readonly shipping_address: Address;
  readonly payment_method_id: string;
  readonly saga_id: string;
  readonly event_count: bigint;
  readonly version: bigint;
  readonly create_time: Date;
  readonly update_time: Date;
  readonly confirm_time: Date | null;
  readonly cancel_time: Date | null;
}

/** A row of order_event. */
export interface EventRow {
  readonly position: bigint;
  readonly kind: OrderEventKind;
  readonly state: OrderState;
  readonly step: string;
  readonly attempt: number;
  readonly reason: string;
  readonly message: string;
  readonly settled: boolean;
  readonly event_time: Date;
}

interface StoredCancellation extends Omit<Cancellation, 'requestTime'> {
  readonly requestTime: string;
}

interface StoredMoney {
  readonly units: string;
  readonly nanos: number;
}

interface StoredLine extends Omit<OrderLine, 'unitPrice' | 'lineTotal'> {
  readonly unitPrice: StoredMoney;
  readonly lineTotal: StoredMoney;
}

interface StoredReduction extends Omit<Reduction, 'amount' | 'refunded' | 'underWay'> {
  readonly amount: StoredMoney;
  readonly refunded: StoredMoney;
  readonly underWay?: Omit<LineCancellation, 'amount' | 'requestTime'> & {
    readonly amount: StoredMoney;
    readonly requestTime: string;
  };
}

/** Reads an order. */
export function toOrder(row: OrderRow): Order {
  const money = moneyOf(row);
  return {
    ...toProgress(row),
    userId: row.user_id as UserId, // parsed when it was written
    lines: row.lines.map((line) => ({
      ...line,
      unitPrice: money(line.unitPrice),
      lineTotal: money(line.lineTotal),
    })),
    shippingAddress: row.shipping_address,
    paymentMethodId: row.payment_method_id,
    sagaId: row.saga_id,
    version: row.version,
    createTime: row.create_time,
    updateTime: row.update_time,
    confirmTime: row.confirm_time ?? undefined,
    cancelTime: row.cancel_time ?? undefined,
  };
}

/** Reads what sagas change of an order. */
export function toProgress(row: ProgressRow): OrderProgress {
  const { cancellation } = row;
  return {
    id: row.id as OrderId, // from the primary key
    state: row.state,
    total: { currencyCode: row.currency_code, units: row.total_units, nanos: row.total_nanos },
    activeSagas: row.active_sagas,
    lastPosition: row.last_position,
    reservationId: row.reservation_id ?? undefined,
    paymentId: row.payment_id ?? undefined,
    shipmentId: row.shipment_id ?? undefined,
    pointsAwarded: row.points_awarded,
    cancellation:
      cancellation === null ? undefined : { ...cancellation, requestTime: new Date(cancellation.requestTime) },
    reduction: toReduction(row),
  };
}

function toReduction(row: ProgressRow): Reduction | undefined {
  if (row.reduction === null) return undefined;
  const { lines, amount, refunded, underWay } = row.reduction;
  const money = moneyOf(row);
  return {
    lines,
    amount: money(amount),
    refunded: money(refunded),
    underWay: underWay && {
      ...underWay,
      amount: money(underWay.amount),
      requestTime: new Date(underWay.requestTime),
    },
  };
}

/** Amounts of an order are stored without its currency's name or with it; it is the one of the total. */
function moneyOf(row: Pick<ProgressRow, 'currency_code'>): (stored: StoredMoney) => Money {
  return ({ units, nanos }) => ({ currencyCode: row.currency_code, units: BigInt(units), nanos });
}

/** Writes an order's lines; amounts are in the order's currency. */
export function linesToJson(lines: readonly OrderLine[]): string {
  return JSON.stringify(lines, withoutBigints);
}

function progressToJson(order: OrderProgress) {
  return {
    id: order.id,
    state: order.state,
    active_sagas: order.activeSagas,
    last_position: order.lastPosition.toString(),
    reservation_id: order.reservationId ?? null,
    payment_id: order.paymentId ?? null,
    shipment_id: order.shipmentId ?? null,
    points_awarded: order.pointsAwarded.toString(),
    cancellation: order.cancellation ?? null,
    reduction: order.reduction ?? null,
  };
}

/** Writes what save-progress.sql takes. */
export function changesToJson(advances: readonly Advance[]): string {
  const changes = advances.map(({ order, events }) => ({
    ...progressToJson(order),
    new_events: toldOutside(events).length,
  }));
  return JSON.stringify(changes, withoutBigints);
}

/** Writes a new order, as place-orders.sql takes it. */
export function newOrderToJson(order: NewOrder) {
  return {
    placed_event: placedEvent(order).payload,
    id: order.id,
    user_id: order.userId,
    lines: JSON.parse(linesToJson(order.lines)) as unknown,
    product_ids: order.lines.map(({ productId }) => productId),
    currency_code: order.total.currencyCode,
    total_units: order.total.units.toString(),
    total_nanos: order.total.nanos,
    shipping_address: order.shippingAddress,
    payment_method_id: order.paymentMethodId,
    saga_id: order.sagaId,
  };
}

function withoutBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Writes an event, as save-progress.sql takes it. */
export function eventToJson(id: OrderId, { taken: _, ...event }: OrderEvent) {
  return { order_id: id, ...event, position: event.position.toString() };
}
