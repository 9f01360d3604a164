import { AppError, type Clock, type Events } from '../../chassis/core/index.ts';
import type { SagaEngine } from '../../chassis/saga/index.ts';
import type { CheckoutMoves } from './choreography/index.ts';
import type { OrderId } from './domain.ts';
import type { OrderRepository, StoredEvent } from './repository.ts';

/** What following an order needs. */
export interface WatchOrderDependencies {
  readonly orders: OrderRepository;
  readonly sagas: Pick<SagaEngine, 'events'>;
  readonly checkoutMoves: Events<CheckoutMoves>;
  readonly clock: Clock;
}

/** How often a watch looks for what another instance did, in milliseconds; what this one does it sees at once. */
const POLL_MS = 250;

const BATCH = 500;

/**
 * Every event of an order after the position, each once and in order, until the one after which nothing is under way.
 *
 * @throws AppError OUT_OF_RANGE, reason POSITION_UNKNOWN: the order has no such position yet.
 */
export async function* watchOrder(
  dependencies: WatchOrderDependencies,
  order: { readonly id: OrderId; readonly lastPosition: bigint },
  after: bigint,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent, void> {
  const { orders, sagas, checkoutMoves, clock } = dependencies;
  if (after > order.lastPosition) {
    throw new AppError({
      status: 'OUT_OF_RANGE',
      reason: 'POSITION_UNKNOWN',
      message: `the order's last position is ${order.lastPosition}`,
    });
  }
  let changed = false;
  let interrupt: (() => void) | undefined;
  const wake = (orderId: string | undefined) => {
    if (orderId !== order.id) return;
    changed = true;
    interrupt?.();
  };
  const listening = [
    sagas.events.on('transition', ({ correlationKey }) => wake(correlationKey)),
    checkoutMoves.on('moved', ({ orderId }) => wake(orderId)),
  ];
  try {
    // The event at the position itself tells whether the caller has already seen the end.
    let position = after;
    let settled = after > 0n && (await orders.events(order.id, after - 1n, 1))[0]?.settled === true;
    while (!signal.aborted) {
      changed = false;
      const events = await orders.events(order.id, position, BATCH);
      for (const event of events) {
        yield event;
        ({ position, settled } = event);
      }
      if (events.length === BATCH) continue;
      if (settled) return;
      if (changed) continue;
      const woken = new AbortController();
      interrupt = () => woken.abort();
      await clock.sleep(POLL_MS, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    }
  } finally {
    for (const stop of listening) stop();
  }
}
