import type { SagaTransition, TransitionHook } from '../../chassis/saga/index.ts';
import { advance, type OrderEvent, type OrderSaga, type SagaNews } from './domain.ts';
import type { OrderRepository } from './repository.ts';
import type { CheckoutOutputs, LineCancellationOutputs } from './saga-input.ts';

/** Brings orders up to date in the transaction of their sagas' transitions, so that the two can never disagree. */
export function createOrderHook(orders: OrderRepository): TransitionHook {
  return async (tx, transitions) => {
    const telling = transitions.filter(({ history }) => history.length > 0);
    if (telling.length === 0) return;
    const orderIds = telling.map(({ saga }) => saga.correlationKey);
    const before = await orders.lockAll(tx, orderIds);
    const current = new Map(before);
    const events = new Map<string, OrderEvent[]>();
    for (const transition of telling) {
      const id = transition.saga.correlationKey;
      const order = current.get(id);
      if (order === undefined) throw new Error(`saga ${transition.saga.id} is of no order`);
      const next = advance(order, toNews(transition));
      current.set(id, next.order); // two sagas of one order may move in one commit
      events.set(id, [...(events.get(id) ?? []), ...next.events]);
    }
    const changes = [...before.values()].map((order) => ({ before: order, events: events.get(order.id) ?? [] }));
    await orders.save(
      tx,
      changes.filter((change) => change.events.length > 0),
      { causes: new Map(telling.map(({ saga }) => [saga.correlationKey, saga.origin.traceparent])) },
    );
  };
}

function toNews({ saga, from, history }: SagaTransition): SagaNews {
  const outputs = saga.outputs as Partial<CheckoutOutputs & LineCancellationOutputs>; // what the sagas' own steps answered
  const reservationId = outputs['reserve-stock']?.reservationId;
  const paymentId = outputs['authorize-payment']?.paymentId;
  const shipmentId = outputs['arrange-shipment']?.shipmentId;
  const points = outputs['award-points']?.points;
  const revoked = outputs['revoke-points']?.points;
  return {
    saga: saga.name as OrderSaga, // the engine knows these only
    wasParked: from.kind === 'PARKED',
    entries: history,
    outputs: {
      ...(reservationId === undefined ? {} : { reservationId }),
      ...(paymentId === undefined ? {} : { paymentId }),
      ...(shipmentId === undefined ? {} : { shipmentId }),
      ...(points === undefined ? {} : { pointsAwarded: BigInt(points) }),
      ...(revoked === undefined ? {} : { pointsRevoked: BigInt(revoked) }),
    },
  };
}
