import { assertNever } from '../../../chassis/core/index.ts';
import { nothingTaken, takeOut } from './reduction.ts';
import type { Order } from './order.ts';
import { isToldOutside, type Learned, type OrderEvent } from './order-event.ts';

/**
 * The order after an event of it, which happened at a time; `order` is undefined before the first. Pure, and the only place where an order
 * changes: the same events always give the same order. Throws when the first event is not its placing.
 */
export function evolve(order: Order | undefined, event: OrderEvent, time: Date): Order {
  const changed = changedBy(order, event, time);
  const learned = event.learned === undefined ? changed : withLearned(changed, event.learned);
  const next = event.sagaEnded ? withSagaEnded(learned) : learned;
  return {
    ...next,
    state: event.state,
    activeSagas: event.learned?.activeSagas ?? next.activeSagas,
    lastPosition: event.position,
    toldOutside: next.toldOutside + (isToldOutside(event) ? 1n : 0n),
    updateTime: time,
  };
}

function changedBy(order: Order | undefined, event: OrderEvent, time: Date): Order {
  if (event.kind === 'STATE_CHANGED' && event.state === 'PENDING') {
    return { ...NEW, ...event.placed, createTime: time, updateTime: time };
  }
  if (order === undefined) throw new Error(`the first event of an order is ${event.kind}, not its placing`);
  switch (event.kind) {
    case 'STATE_CHANGED':
      switch (event.state) {
        case 'CONFIRMED':
          return { ...order, cancellation: undefined, confirmTime: order.confirmTime ?? time };
        case 'CANCELLING': {
          const { cancellation, sagaId } = event;
          return { ...order, cancellation, ...(sagaId !== undefined && withSaga(order, sagaId)) };
        }
        case 'CANCELLED':
          return { ...order, cancelTime: time };
        default:
          return assertNever(event);
      }
    case 'LINES_CANCELLING': {
      const reduction = { ...(order.reduction ?? nothingTaken(order.total)), underWay: event.lineCancellation };
      return { ...order, ...withSaga(order, event.sagaId), reduction };
    }
    case 'LINES_CANCELLED':
      return { ...order, reduction: takeOut(order.reduction ?? nothingTaken(order.total), event) };
    default:
      return order;
  }
}

function withSaga({ activeSagas }: Order, sagaId: string): Pick<Order, 'sagaId' | 'activeSagas'> {
  return { sagaId, activeSagas: activeSagas + 1 };
}

/** Of an order that pieces are taken out of, no other saga is under way. */
function withSagaEnded(order: Order): Order {
  const { activeSagas, reduction } = order;
  return { ...order, activeSagas: activeSagas - 1, reduction: reduction && { ...reduction, underWay: undefined } };
}

function withLearned(order: Order, learned: Learned): Order {
  const { refunded } = learned;
  return {
    ...order,
    reservationId: learned.reservationId ?? order.reservationId,
    paymentId: learned.paymentId ?? order.paymentId,
    shipmentId: learned.shipmentId ?? order.shipmentId,
    pointsAwarded: learned.pointsAwarded ?? order.pointsAwarded,
    reduction: refunded ? { ...(order.reduction ?? nothingTaken(order.total)), refunded } : order.reduction,
  };
}

/** What an order is before anything is done for it; its checkout is under way. */
const NEW = {
  state: 'PENDING',
  activeSagas: 1,
  lastPosition: 0n,
  toldOutside: 0n,
  reservationId: undefined,
  paymentId: undefined,
  shipmentId: undefined,
  pointsAwarded: 0n,
  cancellation: undefined,
  reduction: undefined,
  confirmTime: undefined,
  cancelTime: undefined,
} as const satisfies Partial<Order>;
