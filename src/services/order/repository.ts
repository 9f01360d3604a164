import { appendEvents, type NewEvent } from '../../chassis/events/index.ts';
import { createEventStore, type Stream } from '../../chassis/event-store/index.ts';
import type { Database, Queryable, Statement } from '../../chassis/store/index.ts';
import {
  evolve,
  isToldOutside,
  placeOrder,
  type NewOrder,
  type Order,
  type OrderEvent,
  type OrderId,
} from './domain.ts';
import { ORDER_AGGREGATE } from './order-aggregate.ts';
import { announce, placedEvent } from './outbox.ts';
import type { OrderStatements } from './statements.ts';

/** An event as it is kept. */
export type StoredEvent = OrderEvent & { readonly time: Date };

/** What happened to an order since it was locked. */
export interface OrderChange {
  readonly before: Order;
  /** At least one. */
  readonly events: readonly OrderEvent[];
}

/** What else there is to say of orders that are saved. */
export interface SaveOptions {
  /** The trace context of what each order's events come from, by order; default: the call being served. */
  readonly causes?: ReadonlyMap<string, string | undefined>;
}

/** The orders, each a stream of events. */
export interface OrderRepository {
  /** The middle of the statement that places many orders for createParticipant, which takes what `draft` gives. */
  readonly placeMany: Statement;
  draft(order: NewOrder): Readonly<Record<string, unknown>>;
  /** With its first event, in its stream and in the outbox; in the caller's transaction. */
  insert(tx: Queryable, order: NewOrder): Promise<Order>;
  get(id: OrderId): Promise<Order | undefined>;
  /** Locks the order for the transaction. A saga's row is locked before its order, never after. */
  lock(tx: Queryable, id: OrderId): Promise<Order | undefined>;
  /** Locks several orders, in the order of their ids. */
  lockAll(tx: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Order>>;
  /** Appends to orders that were locked, and gives them as they are then, in the same order; what others hear of goes into the outbox too. */
  save(tx: Queryable, changes: readonly OrderChange[], options?: SaveOptions): Promise<readonly Order[]>;
  /** In order. */
  events(id: OrderId, after: bigint, limit: number): Promise<readonly StoredEvent[]>;
}

/** Orders over PostgreSQL. */
export function createOrderRepository(database: Database, statements: OrderStatements): OrderRepository {
  const store = createEventStore(ORDER_AGGREGATE);
  const firstChange = (order: NewOrder) => ({ id: order.id, before: undefined, events: [placeOrder(order)] });
  return {
    placeMany: statements['place-orders'],
    draft: (order) => store.draft(firstChange(order)),
    async insert(tx, order) {
      const placed = await store.append(tx, [firstChange(order)]);
      await appendEvents(tx, [placedEvent(order)]);
      return placed.get(order.id)!.state; // or it would have thrown
    },
    async get(id) {
      return (await store.load(database, [id])).get(id)?.state;
    },
    async lock(tx, id) {
      return (await store.lock(tx, [id])).get(id)?.state;
    },
    async lockAll(tx, ids) {
      const streams = await store.lock(tx, ids);
      return new Map([...streams].map(([id, { state }]) => [id, state]));
    },
    async save(tx, changes, { causes } = {}) {
      const after = await store.append(
        tx,
        changes.map(({ before, events }) => ({ id: before.id, before: toStream(before), events })),
      );
      const orders = changes.map(({ before }) => after.get(before.id)!.state); // or it would have thrown
      await appendEvents(
        tx,
        changes.flatMap((change, index) =>
          announcements(change, orders[index]!.updateTime, causes?.get(change.before.id)),
        ),
      );
      return orders;
    },
    async events(id, after, limit) {
      const recorded = await store.history(database, id, { after, limit });
      return recorded.map(({ event, time }) => ({ ...event, time }));
    },
  };
}

function toStream(order: Order): Stream<Order> {
  return { id: order.id, version: order.lastPosition, state: order };
}

/** What others are told of a change, each with the order as it was then. */
function announcements({ before, events }: OrderChange, time: Date, cause: string | undefined): readonly NewEvent[] {
  let order = before;
  return events.flatMap((event) => {
    order = evolve(order, event, time);
    return isToldOutside(event) ? [{ ...announce(order, event), cause }] : [];
  });
}
