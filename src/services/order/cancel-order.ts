import type { CancelOrderRequest } from '../../../gen/tradewind/order/v1/order.ts';
import { ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { AppError, currentCall, newId, type Clock } from '../../chassis/core/index.ts';
import type { SagaDefinition, SagaEngine, StartedSaga } from '../../chassis/saga/index.ts';
import { assertMayAct } from '../../chassis/security/index.ts';
import { assertEtag, type Database, type Queryable } from '../../chassis/store/index.ts';
import type { OrderClients } from './clients.ts';
import { beginCancellation, orderNotFound, orderRefusal, parseOrderId, type Order } from './domain.ts';
import type { OrderRepository } from './repository.ts';
import { toSagaInput, type OrderSagaInput } from './saga-input.ts';

/** What cancelling an order needs. */
export interface CancelOrderDependencies {
  readonly database: Database;
  readonly orders: OrderRepository;
  readonly clients: Pick<OrderClients, 'shipping'>;
  readonly sagas: Pick<SagaEngine, 'start' | 'wake' | 'operator'>;
  readonly cancellation: SagaDefinition<OrderSagaInput>;
  readonly clock: Clock;
}

/** States of a shipment that can still be called off, or are over without a parcel. */
const NOT_LEFT: ReadonlySet<ShipmentState> = new Set([
  ShipmentState.SHIPMENT_STATE_ARRANGING,
  ShipmentState.SHIPMENT_STATE_ARRANGED,
  ShipmentState.SHIPMENT_STATE_REFUSED,
  ShipmentState.SHIPMENT_STATE_CANCELLING,
  ShipmentState.SHIPMENT_STATE_CANCELLED,
]);

/** CancelOrder: turns a checkout back before its pivot, or starts the cancellation of a confirmed order. */
export function createCancelOrder(dependencies: CancelOrderDependencies) {
  const { database, orders, clients, sagas, cancellation, clock } = dependencies;

  /** Asked before the transaction; the saga's first step finds out for good. */
  async function assertNotShipped(order: Order): Promise<void> {
    if (order.shipmentId === undefined) return;
    const { shipment } = await clients.shipping.getShipment({ shipmentId: order.shipmentId });
    if (shipment === undefined || NOT_LEFT.has(shipment.state)) return;
    throw orderRefusal('ORDER_NOT_CANCELLABLE', order.id, 'the parcel is on its way');
  }

  async function turnBack(tx: Queryable, order: Order, why: Why): Promise<void> {
    const { actor, reason, message } = why;
    const failure = { status: 'CANCELLED', reason, message } as const;
    try {
      await sagas.operator.command(tx, order.sagaId, { kind: 'compensate', failure }, { actor, note: message });
    } catch (error) {
      if (!(error instanceof AppError) || error.reason !== 'SAGA_PAST_PIVOT') throw error;
      throw orderRefusal('ORDER_BEING_CONFIRMED', order.id, 'the payment is being captured; try again in a moment');
    }
  }

  async function startCancellation(tx: Queryable, order: Order, { reason, message }: Why): Promise<StartedSaga> {
    const requestTime = new Date(clock.now());
    const sagaId = newId();
    const advance = beginCancellation(order, { reason, message, step: '', requestTime });
    await orders.save(tx, [advance], sagaId);
    const input = { ...toSagaInput(order), paymentId: order.paymentId };
    return sagas.start(tx, cancellation, { id: sagaId, input, correlationKey: order.id });
  }

  return async (request: CancelOrderRequest): Promise<Order> => {
    const id = parseOrderId(request.orderId);
    const found = await orders.get(id);
    if (found === undefined) throw orderNotFound(id);
    assertMayAct(currentCall()?.principal, found.userId);
    if (isUndone(found)) return found;
    const why = whyOf(request, found);
    if (found.state === 'CONFIRMED') await assertNotShipped(found);

    const started = await database.transaction(async (tx) => {
      await sagas.operator.lock(tx, found.sagaId); // before the order's row, as everywhere
      const order = await orders.lock(tx, id);
      if (order === undefined) throw orderNotFound(id);
      if (isUndone(order)) return undefined;
      assertEtag(request.etag, order.version);
      if (order.state !== found.state) {
        throw orderRefusal('ORDER_BEING_CONFIRMED', id, 'the order was confirmed at this moment; try again');
      }
      if (order.state === 'CONFIRMED') return startCancellation(tx, order, why);
      await turnBack(tx, order, why);
      return undefined;
    });
    if (started === undefined) sagas.wake();
    else started.begin();
    return (await orders.get(id)) ?? found;
  };
}

interface Why {
  readonly actor: string;
  readonly reason: 'CANCELLED_BY_CUSTOMER' | 'CANCELLED_BY_OPERATOR';
  readonly message: string;
}

function whyOf(request: CancelOrderRequest, order: Order): Why {
  const userId = currentCall()?.principal?.userId;
  const own = userId === order.userId;
  return {
    actor: userId ?? 'internal',
    reason: own ? 'CANCELLED_BY_CUSTOMER' : 'CANCELLED_BY_OPERATOR',
    message: request.reason === '' ? (own ? 'cancelled by the customer' : 'cancelled by an operator') : request.reason,
  };
}

function isUndone({ state }: Order): boolean {
  return state === 'CANCELLING' || state === 'CANCELLED';
}
