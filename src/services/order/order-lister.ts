import type { Database } from '../../chassis/store/index.ts';
import type { Order, OrderState } from './domain.ts';
import { orderFromJson } from './order-json.ts';
import type { OrderStatements } from './statements.ts';

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

/** Lists orders from the read model that is served; each with its sort key, for the cursor. */
export type ListOrders = (query: OrderQuery) => Promise<readonly { readonly order: Order; readonly sortKey: bigint }[]>;

/** Over the tables of the read model "orders". */
export function createOrderLister(database: Database, statements: OrderStatements): ListOrders {
  const listing = {
    create_time: statements['list-orders-by-create-time'],
    'create_time desc': statements['list-orders-by-create-time-desc'],
    update_time: statements['list-orders-by-update-time'],
    'update_time desc': statements['list-orders-by-update-time-desc'],
  };
  return async (query) => {
    const rows = await database.rows<{ readonly body: unknown; readonly sort_key: bigint }>(listing[query.ordering], [
      query.userId ?? null,
      query.states ?? null,
      query.productId ?? null,
      query.placedFrom ?? null,
      query.placedBefore ?? null,
      query.after?.id ?? null,
      query.after?.sortKey ?? null,
      query.limit,
    ]);
    return rows.map(({ body, sort_key: sortKey }) => ({ order: orderFromJson(body), sortKey }));
  };
}
