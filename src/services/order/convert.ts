import type { Money as ProtoMoney } from '../../../gen/tradewind/type/v1/money.ts';
import type { PostalAddress } from '../../../gen/tradewind/type/v1/address.ts';
import {
  Order as ProtoOrder,
  OrderEvent as ProtoEvent,
  OrderEventKind,
  OrderState as ProtoState,
} from '../../../gen/tradewind/order/v1/order.ts';
import { etagOf } from '../../chassis/store/index.ts';
import {
  dueTotal,
  quantityLeft,
  refundedTotal,
  type Address,
  type LineCancellation,
  type Money,
  type Order,
  type OrderEventKind as EventKind,
  type OrderId,
  type OrderState,
} from './domain.ts';
import type { StoredEvent } from './repository.ts';

const STATES: Readonly<Record<OrderState, ProtoState>> = {
  PENDING: ProtoState.ORDER_STATE_PENDING,
  CONFIRMED: ProtoState.ORDER_STATE_CONFIRMED,
  CANCELLING: ProtoState.ORDER_STATE_CANCELLING,
  CANCELLED: ProtoState.ORDER_STATE_CANCELLED,
};

const KINDS: Readonly<Record<EventKind, OrderEventKind>> = {
  STATE_CHANGED: OrderEventKind.ORDER_EVENT_KIND_STATE_CHANGED,
  STEP_STARTED: OrderEventKind.ORDER_EVENT_KIND_STEP_STARTED,
  STEP_SUCCEEDED: OrderEventKind.ORDER_EVENT_KIND_STEP_SUCCEEDED,
  STEP_RETRYING: OrderEventKind.ORDER_EVENT_KIND_STEP_RETRYING,
  STEP_FAILED: OrderEventKind.ORDER_EVENT_KIND_STEP_FAILED,
  STEP_UNDONE: OrderEventKind.ORDER_EVENT_KIND_STEP_UNDONE,
  UNDO_RETRYING: OrderEventKind.ORDER_EVENT_KIND_UNDO_RETRYING,
  STEP_SKIPPED: OrderEventKind.ORDER_EVENT_KIND_STEP_SKIPPED,
  PARKED: OrderEventKind.ORDER_EVENT_KIND_PARKED,
  RESUMED: OrderEventKind.ORDER_EVENT_KIND_RESUMED,
  LINES_CANCELLING: OrderEventKind.ORDER_EVENT_KIND_LINES_CANCELLING,
  LINES_CANCELLED: OrderEventKind.ORDER_EVENT_KIND_LINES_CANCELLED,
  LINES_KEPT: OrderEventKind.ORDER_EVENT_KIND_LINES_KEPT,
};

/** The order as the contract shows it. */
export function toProtoOrder(order: Order): ProtoOrder {
  return ProtoOrder.fromPartial({
    id: order.id,
    userId: order.userId,
    state: STATES[order.state],
    lines: order.lines.map((line) => ({ ...line, cancelledQuantity: line.quantity - quantityLeft(line, order) })),
    total: order.total,
    dueTotal: dueTotal(order),
    refundedTotal: refundedTotal(order),
    ...(order.reduction?.underWay && { lineCancellation: toProtoLineCancellation(order.reduction.underWay) }),
    shippingAddress: toProtoAddress(order.shippingAddress),
    paymentMethodId: order.paymentMethodId,
    sagaId: order.sagaId === order.id ? '' : order.sagaId, // events carry it on
    reservationId: order.reservationId ?? '',
    paymentId: order.paymentId ?? '',
    shipmentId: order.shipmentId ?? '',
    pointsAwarded: order.pointsAwarded,
    ...(order.cancellation && { cancellation: order.cancellation }),
    createTime: order.createTime,
    updateTime: order.updateTime,
    ...(order.confirmTime && { confirmTime: order.confirmTime }),
    ...(order.cancelTime && { cancelTime: order.cancelTime }),
    etag: etagOf(order.lastPosition),
  });
}

function toProtoLineCancellation(cancellation: LineCancellation) {
  return { ...cancellation, lines: [...cancellation.lines] };
}

/** An event as the contract shows it. */
export function toProtoEvent(orderId: OrderId, event: StoredEvent): ProtoEvent {
  return ProtoEvent.fromPartial({
    ...event,
    orderId,
    kind: KINDS[event.kind],
    state: STATES[event.state],
    eventTime: event.time,
  });
}

/** A state as the contract shows it. */
export function toProtoState(state: OrderState): ProtoState {
  return STATES[state];
}

/** The states a filter names. */
export function fromProtoStates(states: readonly ProtoState[]): readonly OrderState[] | undefined {
  if (states.length === 0) return undefined;
  return Object.entries(STATES).flatMap(([state, proto]) => (states.includes(proto) ? [state as OrderState] : [])); // its keys
}

/** An amount without what the wire adds to it. */
export function fromProtoMoney(money: ProtoMoney): Money {
  return { currencyCode: money.currencyCode, units: money.units, nanos: money.nanos };
}

/** An address without what the wire adds to it. */
export function fromProtoAddress(address: PostalAddress): Address {
  const { recipient, lines, city, postalCode, region, countryCode } = address;
  return { recipient, lines: [...lines], city, postalCode, region, countryCode };
}

/** An address for the wire. */
export function toProtoAddress(address: Address): PostalAddress {
  return { ...address, lines: [...address.lines] };
}
