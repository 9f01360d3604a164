import type {
  Address,
  Cancellation,
  Order,
  OrderEvent,
  OrderEventKind,
  OrderId,
  OrderLine,
  OrderProgress,
  OrderState,
  UserId,
} from './domain.ts';

/** The columns of placed_order that sagas change. */
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
}

/** A row of placed_order. */
export interface OrderRow extends ProgressRow {
  readonly user_id: string;
  readonly lines: readonly StoredLine[];
  readonly currency_code: string;
  readonly total_units: bigint;
  readonly total_nanos: number;
  readonly shipping_address: Address;
  readonly payment_method_id: string;
  readonly saga_id: string;
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

/** Reads an order. */
export function toOrder(row: OrderRow): Order {
  const money = ({ units, nanos }: StoredMoney) => ({ currencyCode: row.currency_code, units: BigInt(units), nanos });
  return {
    ...toProgress(row),
    userId: row.user_id as UserId, // parsed when it was written
    lines: row.lines.map((line) => ({
      ...line,
      unitPrice: money(line.unitPrice),
      lineTotal: money(line.lineTotal),
    })),
    total: { currencyCode: row.currency_code, units: row.total_units, nanos: row.total_nanos },
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
    activeSagas: row.active_sagas,
    lastPosition: row.last_position,
    reservationId: row.reservation_id ?? undefined,
    paymentId: row.payment_id ?? undefined,
    shipmentId: row.shipment_id ?? undefined,
    pointsAwarded: row.points_awarded,
    cancellation:
      cancellation === null ? undefined : { ...cancellation, requestTime: new Date(cancellation.requestTime) },
  };
}

/** Writes an order's lines; amounts are in the order's currency. */
export function linesToJson(lines: readonly OrderLine[]): string {
  return JSON.stringify(lines, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

/** Writes what sagas changed, as save-progress.sql takes it. */
export function progressToJson(order: OrderProgress) {
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
  };
}

/** Writes an event, as save-progress.sql takes it. */
export function eventToJson(id: OrderId, event: OrderEvent) {
  return { order_id: id, ...event, position: event.position.toString() };
}
