import type { CancelOrderRequest } from '../../../gen/tradewind/order/v1/order.ts';
import { AppError, currentCall, describeCall } from '../../chassis/core/index.ts';
import type { SagaEngine } from '../../chassis/saga/index.ts';
import { assertMayAct } from '../../chassis/security/index.ts';
import { assertEtag, type Database, type Queryable } from '../../chassis/store/index.ts';
import { assertNotShipped } from './assert-not-shipped.ts';
import { giveUpByRequest, type CheckoutStore } from './choreography/index.ts';
import type { OrderClients } from './clients.ts';
import { orderNotFound, orderRefusal, parseOrderId, type Order } from './domain.ts';
import type { OrderRepository } from './repository.ts';
import { startCancellation, type CancellationStartDependencies } from './start-cancellation.ts';
import { whyCancelled, type WhyCancelled } from './why-cancelled.ts';

/** What cancelling an order needs. */
export interface CancelOrderDependencies extends CancellationStartDependencies {
  readonly database: Database;
  readonly orders: OrderRepository;
  readonly checkouts: CheckoutStore;
  readonly clients: Pick<OrderClients, 'shipping'>;
  readonly sagas: Pick<SagaEngine, 'start' | 'wake' | 'operator'>;
}

/** CancelOrder: turns a checkout back before its pivot, whoever carries it on, or starts the cancellation of a confirmed order. */
export function createCancelOrder(dependencies: CancelOrderDependencies) {
  const { database, orders, checkouts, clients, sagas } = dependencies;

  async function turnBack(tx: Queryable, order: Order, why: WhyCancelled): Promise<void> {
    const { actor, reason, message } = why;
    const ownCheckout = (await checkouts.lock(tx, [order.id])).get(order.id);
    if (ownCheckout !== undefined) return giveUpByRequest(tx, ownCheckout, { ...dependencies, ...why });
    const failure = { status: 'CANCELLED', reason, message } as const;
    try {
      await sagas.operator.command(tx, order.sagaId, { kind: 'compensate', failure }, { actor, note: message });
    } catch (error) {
      if (!(error instanceof AppError) || error.reason !== 'SAGA_PAST_PIVOT') throw error;
      throw orderRefusal('ORDER_BEING_CONFIRMED', order.id, 'the payment is being captured; try again in a moment');
    }
  }

  /** What moves the order: its saga, or its checkout without one. */
  async function lockMover(tx: Queryable, { id, sagaId }: Order): Promise<void> {
    if (sagaId === id) await checkouts.lock(tx, [id]);
    else await sagas.operator.lock(tx, sagaId);
  }

  return async (request: CancelOrderRequest): Promise<Order> => {
    const id = parseOrderId(request.orderId);
    describeCall({ orderId: id });
    const found = await orders.get(id);
    if (found === undefined) throw orderNotFound(id);
    assertMayAct(currentCall()?.principal, found.userId);
    if (isUndone(found)) return found;
    const why = whyCancelled(request.reason, found);
    if (found.state === 'CONFIRMED') await assertNotShipped(clients.shipping, found);

    const started = await database.transaction(async (tx) => {
      await lockMover(tx, found); // before the order's row, as everywhere
      const order = await orders.lock(tx, id);
      if (order === undefined) throw orderNotFound(id);
      if (isUndone(order)) return undefined;
      assertEtag(request.etag, order.lastPosition);
      if (order.state !== found.state) {
        throw orderRefusal('ORDER_BEING_CONFIRMED', id, 'the order was confirmed at this moment; try again');
      }
      if (order.reduction?.underWay !== undefined) {
        throw orderRefusal('ORDER_BEING_CHANGED', id, 'pieces are being taken out of the order; try again in a moment');
      }
      if (order.state === 'CONFIRMED') return startCancellation(tx, order, { ...dependencies, why });
      await turnBack(tx, order, why);
      return undefined;
    });
    if (started === undefined) sagas.wake();
    else started.saga.begin();
    return (await orders.get(id)) ?? found;
  };
}

function isUndone({ state }: Order): boolean {
  return state === 'CANCELLING' || state === 'CANCELLED';
}
