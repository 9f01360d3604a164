import { newId, type Clock } from '../../chassis/core/index.ts';
import type { SagaDefinition, SagaEngine, StartedSaga } from '../../chassis/saga/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import { beginCancellation, dueTotal, type Order } from './domain.ts';
import type { OrderRepository } from './repository.ts';
import { toSagaInput, type CancellationInput } from './saga-input.ts';
import type { WhyCancelled } from './why-cancelled.ts';

/** What starting the cancellation of an order needs. */
export interface CancellationStartDependencies {
  readonly orders: Pick<OrderRepository, 'save'>;
  readonly sagas: Pick<SagaEngine, 'start'>;
  readonly cancellation: SagaDefinition<CancellationInput>;
  readonly clock: Clock;
}

/** An order as the start of a saga left it, and the saga: to be begun once the transaction has committed. */
export interface StartedForOrder {
  readonly order: Order;
  readonly saga: StartedSaga;
}

/** Turns a locked CONFIRMED order into CANCELLING and starts its cancellation, in the caller's transaction. */
export async function startCancellation(
  tx: Queryable,
  order: Order,
  { orders, sagas, cancellation, clock, why }: CancellationStartDependencies & { readonly why: WhyCancelled },
): Promise<StartedForOrder> {
  const { reason, message } = why;
  const sagaId = newId();
  const { events } = beginCancellation(
    order,
    { reason, message, step: '', requestTime: new Date(clock.now()) },
    sagaId,
  );
  const [cancelling] = await orders.save(tx, [{ before: order, events }]);
  if (cancelling === undefined) throw new Error('one order was saved, and none came back');
  const input = { ...toSagaInput({ ...order, total: dueTotal(order) }), paymentId: order.paymentId };
  const saga = await sagas.start(tx, cancellation, { id: sagaId, input, correlationKey: order.id });
  return { order: cancelling, saga };
}
