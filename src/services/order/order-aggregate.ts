import type { Aggregate } from '../../chassis/event-store/index.ts';
import { evolve, type Order, type OrderEvent, type OrderEventKind, type OrderState } from './domain.ts';
import { eventFromJson, eventToJson, ORDER_SHAPE, orderFromJson, orderToJson } from './order-json.ts';

/** A checkout without failures is 17 events: a snapshot is for what comes after, and for orders that are retried for long. */
const SNAPSHOT_EVERY_EVENTS = 16;

/** Orders as streams of events. */
export const ORDER_AGGREGATE: Aggregate<Order, OrderEvent> = {
  type: 'order',
  evolve: (order, event, { time }) => evolve(order, event, time),
  events: {
    typeOf: (event) => orderEventType(event),
    toJson: eventToJson,
    fromJson: (json, { version }) => eventFromJson(json, version),
  },
  snapshots: {
    everyEvents: SNAPSHOT_EVERY_EVENTS,
    shape: ORDER_SHAPE,
    toJson: orderToJson,
    fromJson: orderFromJson,
  },
};

/** The type under which an event of an order is kept: "placed", "confirmed", "step-started". */
export function orderEventType({ kind, state }: { readonly kind: OrderEventKind; readonly state: OrderState }): string {
  if (kind === 'STATE_CHANGED') return state === 'PENDING' ? 'placed' : state.toLowerCase();
  return kind.toLowerCase().replaceAll('_', '-');
}
