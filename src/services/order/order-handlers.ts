import type { OrderServiceImplementation } from '../../../gen/tradewind/order/v1/order.ts';
import { currentCall, describeCall, throwIfAborted } from '../../chassis/core/index.ts';
import { assertMayAct } from '../../chassis/security/index.ts';
import { pageSize, toPage, type PageTokens } from '../../chassis/store/index.ts';
import { createCancelLines, type CancelLinesDependencies } from './cancel-lines.ts';
import { createCancelOrder, type CancelOrderDependencies } from './cancel-order.ts';
import { fromProtoStates, toProtoEvent, toProtoOrder } from './convert.ts';
import { orderNotFound, parseOrderId, parseUserId, type Order } from './domain.ts';
import { createGetOrderStatistics, type OrderStatisticsDependencies } from './get-order-statistics.ts';
import { createPlaceOrder, type PlaceOrderDependencies } from './place-order.ts';
import { ORDERINGS, type ListOrders, type Ordering } from './order-lister.ts';
import { ORDER_LIST } from './read-models/order-list.ts';
import { watchOrder, type WatchOrderDependencies } from './watch-order.ts';

/** What the handlers of OrderService work with. */
export type OrderHandlerDependencies = PlaceOrderDependencies &
  CancelOrderDependencies &
  CancelLinesDependencies &
  WatchOrderDependencies &
  OrderStatisticsDependencies & {
    readonly pageTokens: PageTokens;
    readonly listOrders: ListOrders;
  };

/** How long a list waits for what was committed before it was asked for, in milliseconds. */
const CATCH_UP_MS = 1_000;

/** OrderService: proto to domain and back. */
export function createOrderHandlers(dependencies: OrderHandlerDependencies): OrderServiceImplementation {
  const { orders, pageTokens, listOrders, readModels } = dependencies;
  const placeOrder = createPlaceOrder(dependencies);
  const cancelOrder = createCancelOrder(dependencies);
  const getOrderStatistics = createGetOrderStatistics(dependencies);

  async function read(orderId: string): Promise<Order> {
    const id = parseOrderId(orderId);
    describeCall({ orderId: id });
    const order = await orders.get(id);
    if (order === undefined) throw orderNotFound(id);
    assertMayAct(currentCall()?.principal, order.userId);
    return order;
  }

  return {
    placeOrder,

    async getOrder(request) {
      return { order: toProtoOrder(await read(request.orderId)) };
    },

    async listOrders(request, { signal }) {
      const { pageSize: requested, pageToken, ...filters } = request;
      const principal = currentCall()?.principal;
      const isCustomer = principal !== undefined && !principal.roles.includes('admin');
      const userId = request.userId === '' ? (isCustomer ? principal.userId : undefined) : parseUserId(request.userId);
      assertMayAct(principal, userId);
      const size = pageSize(requested);
      const query = { method: 'ListOrders', ...filters, userId };
      const cursor = pageTokens.decode(pageToken, query);
      // Whoever has just placed an order finds it; a page after the first shows what there is.
      if (cursor === undefined) await readModels.caughtUp(ORDER_LIST, { timeoutMs: CATCH_UP_MS, signal });
      const rows = await listOrders({
        userId,
        states: fromProtoStates(request.states),
        productId: request.productId === '' ? undefined : request.productId,
        placedFrom: request.placedFrom,
        placedBefore: request.placedBefore,
        ordering: orderingOf(request.orderBy),
        after: cursor && { id: String(cursor[0]), sortKey: BigInt(String(cursor[1])) },
        limit: size + 1,
      });
      const page = toPage({
        rows,
        size,
        tokens: pageTokens,
        request: query,
        cursor: ({ order, sortKey }) => [order.id, String(sortKey)],
      });
      return { orders: page.rows.map(({ order }) => toProtoOrder(order)), nextPageToken: page.nextPageToken };
    },

    getOrderStatistics: (request, { signal }) => getOrderStatistics(request, signal),

    async cancelOrder(request) {
      return { order: toProtoOrder(await cancelOrder(request)) };
    },

    cancelOrderLines: createCancelLines(dependencies),

    async *watchOrder(request, context) {
      const order = await read(request.orderId);
      for await (const event of watchOrder(dependencies, order, request.afterPosition, context.signal)) {
        yield { event: toProtoEvent(order.id, event) };
      }
      throwIfAborted(context.signal);
    },
  };
}

/** The contract lets these through only; empty means the newest first. */
function orderingOf(orderBy: string): Ordering {
  return ORDERINGS.find((ordering) => ordering === orderBy) ?? 'create_time desc';
}
