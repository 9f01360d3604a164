import type { NewEvent } from '../../chassis/events/index.ts';
import type { OrderEvent } from './domain.ts';
import type { NewOrder, OrderRow } from './rows.ts';

/** The events of an order's history that others hear of too: it entered a state, or lost some of its lines. */
export function toldOutside(events: readonly OrderEvent[]): readonly OrderEvent[] {
  return events.filter(({ kind }) => kind === 'STATE_CHANGED' || kind === 'LINES_CANCELLED');
}

/** What the outbox says of them, in the trace of their cause: "order.confirmed", "order.cancelling", "order.cancelled", "order.lines-cancelled". */
export function toOutbox(row: OrderRow, events: readonly OrderEvent[], cause?: string): readonly NewEvent[] {
  const told = toldOutside(events);
  const before = row.event_count - BigInt(told.length);
  return told.map(({ kind, state, reason, position }, index) => ({
    aggregateType: 'order',
    aggregateId: row.id,
    sequence: before + BigInt(index) + 1n,
    type: kind === 'LINES_CANCELLED' ? 'order.lines-cancelled' : `order.${state.toLowerCase()}`,
    payload: {
      ...whatWasBought({ ...row, orderId: row.id, userId: row.user_id }),
      position: position.toString(),
      reason,
    },
    cause,
  }));
}

/** What the outbox says of an order's placing. */
export function placedEvent({ id, userId, total }: NewOrder): NewEvent {
  const { currencyCode, units, nanos } = total;
  const bought = { orderId: id, userId, currency_code: currencyCode, total_units: units, total_nanos: nanos };
  return {
    aggregateType: 'order',
    aggregateId: id,
    sequence: 1n,
    type: 'order.placed',
    payload: whatWasBought(bought),
  };
}

function whatWasBought(
  order: Pick<OrderRow, 'currency_code' | 'total_units' | 'total_nanos'> & {
    readonly orderId: string;
    readonly userId: string;
  },
) {
  return {
    order_id: order.orderId,
    user_id: order.userId,
    currency_code: order.currency_code,
    total_units: order.total_units.toString(),
    total_nanos: order.total_nanos,
  };
}
