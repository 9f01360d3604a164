import type { LoggedEvent, ReadModel } from '../../../chassis/event-store/index.ts';
import { evolve, type Order } from '../domain.ts';
import { eventFromJson, orderFromJson, orderToJson } from '../order-json.ts';
import type { OrderStatements } from '../statements.ts';

/** The read model that ListOrders shows: every order as it is, to be filtered and sorted. */
export const ORDER_LIST = 'orders';

/** The list of orders: each row is an order folded from its events, in SQL's columns what it is looked up by. */
export function createOrderList(statements: OrderStatements): ReadModel {
  return {
    name: ORDER_LIST,
    tables: ['listed_order'],
    schema: [
      statements['create-listed-order'],
      statements['index-listed-order-by-user'],
      statements['index-listed-order-by-create-time'],
      statements['index-listed-order-by-update-time'],
      statements['index-listed-order-by-product'],
    ],
    types: undefined,
    async apply(tx, events, generation) {
      const ids = [...new Set(events.map(({ streamId }) => streamId))];
      const rows = await tx.rows<ListedRow>(statements['get-listed-orders'], [generation, ids]);
      const orders = foldInto(new Map(rows.map(({ id, body }) => [id, orderFromJson(body)])), events);
      if (orders.length === 0) return;
      await tx.execute(statements['save-listed-orders'], [generation, JSON.stringify(orders.map(toRow))]);
    },
  };
}

/** The orders after the events. One whose row a person removed stays away, until all are made again. */
function foldInto(orders: Map<string, Order>, events: readonly LoggedEvent[]): readonly Order[] {
  const changed = new Map<string, Order>();
  for (const { streamId, version, time, data } of events) {
    const before = changed.get(streamId) ?? orders.get(streamId);
    if (before === undefined && version > 1n) continue;
    changed.set(streamId, evolve(before, eventFromJson(data, version), time));
  }
  return [...changed.values()];
}

function toRow(order: Order) {
  return {
    id: order.id,
    user_id: order.userId,
    state: order.state,
    create_time: order.createTime,
    update_time: order.updateTime,
    body: orderToJson(order),
  };
}

interface ListedRow {
  readonly id: string;
  readonly body: unknown;
}
