import type { SagaTransition, TransitionHook } from '../../chassis/saga/index.ts';
import { advance, type OrderSaga, type SagaNews } from './domain.ts';
import type { OrderRepository } from './repository.ts';
import type { CheckoutOutputs, LineCancellationOutputs } from './saga-input.ts';

/** Brings orders up to date in the transaction of their sagas' transitions, so that the two can never disagree. */
export function createOrderHook(orders: OrderRepository): TransitionHook {
  return async (tx, transitions) => {
    const telling = transitions.filter(({ history }) => history.length > 0);
    if (telling.length === 0) return;
    const current = new Map(
      await orders.lockProgress(
        tx,
        telling.map(({ saga }) => saga.correlationKey),
      ),
    );
    const advances = telling.flatMap((transition) => {
      const order = current.get(transition.saga.correlationKey);
      if (order === undefined) throw new Error(`saga ${transition.saga.id} is of no order`);
      const next = advance(order, toNews(transition));
      current.set(order.id, next.order); // two sagas of one order may move in one commit
      return [next];
    });
    // The last advance of an order carries its columns, every one its events.
    const merged = [...current.values()].map((order) => ({
      order,
      events: advances.filter((one) => one.order.id === order.id).flatMap(({ events }) => events),
    }));
    await orders.save(
      tx,
      merged.filter(({ events }) => events.length > 0),
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
