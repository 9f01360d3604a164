import { appendEvents } from '../../chassis/events/index.ts';
import type { Database, Queryable, Statement } from '../../chassis/store/index.ts';
import type { Advance, Order, OrderId, OrderProgress, OrderState } from './domain.ts';
import {
  changesToJson,
  eventToJson,
  linesToJson,
  toOrder,
  toProgress,
  type EventRow,
  type NewOrder,
  type OrderRow,
  type ProgressRow,
} from './rows.ts';
import { placedEvent, toOutbox } from './outbox.ts';
import { loadOrderStatements } from './statements.ts';

/** An event as it is kept. */
export interface StoredEvent extends Omit<EventRow, 'event_time'> {
  readonly time: Date;
}

/** The orders of a list. */
export const ORDERINGS = ['create_time', 'create_time desc', 'update_time', 'update_time desc'] as const;

/** How a list is sorted. */
export type Ordering = (typeof ORDERINGS)[number];

/** Which orders a page shows. What is absent lets everything through. */
export interface OrderQuery {
  readonly userId?: string | undefined;
  readonly states?: readonly OrderState[] | undefined;
  readonly productId?: string | undefined;
  readonly placedFrom?: Date | undefined;
  readonly placedBefore?: Date | undefined;
  readonly ordering: Ordering;
  /** The last order of the page before. */
  readonly after?: { readonly id: string; readonly sortKey: bigint } | undefined;
  readonly limit: number;
}

/** What else there is to say of orders that are saved. */
export interface SaveOptions {
  /** What moves them from now on. */
  readonly sagaId?: string;
  /** The trace context of what each order's events come from, by order; default: the call being served. */
  readonly causes?: ReadonlyMap<string, string | undefined>;
}

/** The orders in the database. */
export interface OrderRepository {
  /** The middle of the statement that places many orders for createParticipant. */
  readonly placeMany: Statement;
  /** With its first event, in its history and in the outbox; in the caller's transaction. */
  insert(tx: Queryable, order: NewOrder): Promise<Order>;
  get(id: OrderId): Promise<Order | undefined>;
  /** Locks the order for the transaction. A saga's row is locked before its order's, never after. */
  lock(tx: Queryable, id: OrderId): Promise<Order | undefined>;
  /** Locks what sagas change of several orders, in the order of their ids. */
  lockProgress(tx: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, OrderProgress>>;
  /** Writes orders that were locked, with their new events; what others hear of goes into the outbox too. */
  save(tx: Queryable, advances: readonly Advance[], options?: SaveOptions): Promise<readonly Order[]>;
  /** Each with its sort key, for the cursor. */
  list(query: OrderQuery): Promise<readonly { readonly order: Order; readonly sortKey: bigint }[]>;
  /** In order. */
  events(id: OrderId, after: bigint, limit: number): Promise<readonly StoredEvent[]>;
}

/** Orders over PostgreSQL. */
export function createOrderRepository(database: Database): OrderRepository {
  const statements = loadOrderStatements();
  const listing = {
    create_time: statements['list-orders-by-create-time'],
    'create_time desc': statements['list-orders-by-create-time-desc'],
    update_time: statements['list-orders-by-update-time'],
    'update_time desc': statements['list-orders-by-update-time-desc'],
  };
  return {
    placeMany: statements['place-orders'],
    async insert(tx, order) {
      const row = await tx.one<OrderRow>(statements['insert-order'], [
        order.id,
        order.userId,
        linesToJson(order.lines),
        order.lines.map(({ productId }) => productId),
        order.total.currencyCode,
        order.total.units,
        order.total.nanos,
        JSON.stringify(order.shippingAddress),
        order.paymentMethodId,
        order.sagaId,
      ]);
      if (row === undefined) throw new Error('the statement returned no row');
      await appendEvents(tx, [placedEvent(order)]);
      return toOrder(row);
    },
    async get(id) {
      const row = await database.one<OrderRow>(statements['get-order'], [id]);
      return row && toOrder(row);
    },
    async lock(tx, id) {
      const row = await tx.one<OrderRow>(statements['lock-order'], [id]);
      return row && toOrder(row);
    },
    async lockProgress(tx, ids) {
      const rows = await tx.rows<ProgressRow>(statements['lock-progress'], [ids]);
      return new Map(rows.map((row) => [row.id, toProgress(row)]));
    },
    async save(tx, advances, { sagaId, causes } = {}) {
      const rows = await tx.rows<OrderRow>(statements['save-progress'], [
        changesToJson(advances),
        JSON.stringify(advances.flatMap(({ order, events }) => events.map((event) => eventToJson(order.id, event)))),
        sagaId ?? null,
        advances.map(({ order }) => order.id),
      ]);
      await appendEvents(
        tx,
        rows.flatMap((row) => {
          const advance = advances.find(({ order }) => order.id === row.id);
          return toOutbox(toOrder(row), advance?.events ?? [], {
            eventCount: row.event_count,
            cause: causes?.get(row.id),
          });
        }),
      );
      return rows.map(toOrder);
    },
    async list(query) {
      const rows = await database.rows<OrderRow & { readonly sort_key: bigint }>(listing[query.ordering], [
        query.userId ?? null,
        query.states ?? null,
        query.productId ?? null,
        query.placedFrom ?? null,
        query.placedBefore ?? null,
        query.after?.id ?? null,
        query.after?.sortKey ?? null,
        query.limit,
      ]);
      return rows.map((row) => ({ order: toOrder(row), sortKey: row.sort_key }));
    },
    async events(id, after, limit) {
      const rows = await database.rows<EventRow>(statements['list-events'], [id, after, limit]);
      return rows.map(({ event_time: time, ...event }) => ({ ...event, time }));
    },
  };
}
