import { CancelOrderLinesRequest, CancelOrderLinesResponse } from '../../../gen/tradewind/order/v1/order.ts';
import { currentCall, describeCall, newId } from '../../chassis/core/index.ts';
import type { SagaDefinition, StartedSaga } from '../../chassis/saga/index.ts';
import { assertMayAct } from '../../chassis/security/index.ts';
import {
  assertEtag,
  idempotently,
  previousResponse,
  type Database,
  type Queryable,
} from '../../chassis/store/index.ts';
import { assertNotShipped } from './assert-not-shipped.ts';
import type { OrderClients } from './clients.ts';
import { toProtoOrder } from './convert.ts';
import {
  assertEachProductOnce,
  beginLineCancellation,
  orderNotFound,
  orderRefusal,
  parseOrderId,
  planLineCancellation,
  type CartLine,
  type LineCancellationPlan,
  type Order,
} from './domain.ts';
import type { OrderRepository } from './repository.ts';
import { toLineCancellationInput, type LineCancellationInput } from './saga-input.ts';
import { startCancellation, type CancellationStartDependencies, type StartedForOrder } from './start-cancellation.ts';
import { whyCancelled } from './why-cancelled.ts';

/** What taking pieces out of an order needs. */
export interface CancelLinesDependencies extends CancellationStartDependencies {
  readonly database: Database;
  readonly orders: OrderRepository;
  readonly clients: Pick<OrderClients, 'shipping'>;
  readonly partialCancellation: SagaDefinition<LineCancellationInput>;
}

const SCOPE = '/tradewind.order.v1.OrderService/CancelOrderLines';

/**
 * CancelOrderLines: the order, its saga and the answer under the request_id are one commit. One saga of an order at a time:
 * a second one is refused rather than queued, because what it may take out depends on how the first one ends.
 */
export function createCancelLines(dependencies: CancelLinesDependencies) {
  const { database, orders, clients, sagas, partialCancellation, clock } = dependencies;

  async function startPartial(tx: Queryable, order: Order, taking: Taking): Promise<StartedForOrder> {
    const { lines, plan, said } = taking;
    const sagaId = newId();
    const { reason, message } = whyCancelled(said, order);
    const underWay = { lines, amount: plan.amount, reason, message, requestTime: new Date(clock.now()) };
    const { events } = beginLineCancellation(order, underWay, sagaId);
    const [reduced] = await orders.save(tx, [{ before: order, events }]);
    if (reduced === undefined) throw new Error('one order was saved, and none came back');
    const input = toLineCancellationInput(order, lines, plan);
    const saga = await sagas.start(tx, partialCancellation, { id: sagaId, input, correlationKey: order.id });
    return { order: reduced, saga };
  }

  async function start(
    tx: Queryable,
    request: CancelOrderLinesRequest,
    lines: readonly CartLine[],
  ): Promise<StartedForOrder> {
    const id = parseOrderId(request.orderId);
    const order = await orders.lock(tx, id);
    if (order === undefined) throw orderNotFound(id);
    assertEtag(request.etag, order.lastPosition);
    assertChangeable(order);
    const plan = planLineCancellation(order, lines);
    if (!plan.everything) return startPartial(tx, order, { lines, plan, said: request.reason });
    return startCancellation(tx, order, { ...dependencies, why: whyCancelled(request.reason, order) });
  }

  return async (request: CancelOrderLinesRequest): Promise<CancelOrderLinesResponse> => {
    const id = parseOrderId(request.orderId);
    describeCall({ orderId: id });
    const lines = request.lines.map(({ productId, quantity }) => ({ productId: productId.toLowerCase(), quantity }));
    assertEachProductOnce(lines);
    const found = await orders.get(id);
    if (found === undefined) throw orderNotFound(id);
    assertMayAct(currentCall()?.principal, found.userId);
    const command = {
      scope: SCOPE,
      key: request.requestId,
      request: CancelOrderLinesRequest.encode({ ...request, requestId: '' }).finish(),
      codec: CancelOrderLinesResponse,
    };
    const before = await previousResponse(database, command);
    if (before !== undefined) return before;
    if (found.state === 'CONFIRMED') await assertNotShipped(clients.shipping, found);
    let started: StartedSaga | undefined;
    const response = await database.transaction((tx) =>
      idempotently(tx, command, async () => {
        const { order, saga } = await start(tx, request, lines);
        started = saga;
        return CancelOrderLinesResponse.create({ order: toProtoOrder(order) });
      }),
    );
    started?.begin();
    return response;
  };
}

interface Taking {
  readonly lines: readonly CartLine[];
  readonly plan: LineCancellationPlan;
  readonly said: string;
}

function assertChangeable({ id, state, activeSagas }: Order): void {
  if (state !== 'CONFIRMED') {
    throw orderRefusal('ORDER_NOT_CONFIRMED', id, `the order is ${state}, not CONFIRMED`, { state });
  }
  if (activeSagas > 0) {
    throw orderRefusal('ORDER_BEING_CHANGED', id, 'something else changes the order; try again in a moment');
  }
}
