import type { Queryable } from '../../../chassis/store/index.ts';
import { advance, type Order, type SagaNewsEntry } from '../domain.ts';
import type { OrderRepository } from '../repository.ts';
import { outputsOf, type Decision, type Turn } from './checkout.ts';
import type { CheckoutStore, StoredCheckout } from './checkout-store.ts';
import { decisionEvent } from './outgoing.ts';

/** What checkouts are moved with. */
export interface MovingOptions {
  readonly checkouts: CheckoutStore;
  readonly orders: Pick<OrderRepository, 'lockAll' | 'save'>;
}

/** A checkout after all that one transaction has to say of it. */
export interface Moved {
  readonly checkout: StoredCheckout;
  readonly entries: readonly SagaNewsEntry[];
  readonly decision: Decision | undefined;
}

/** A checkout that was locked, before anything is said. */
export function unmoved(checkout: StoredCheckout): Moved {
  return { checkout, entries: [], decision: undefined };
}

/** The same after one more turn. A transaction makes one decision about a checkout at most: each waits for what others say about the one before. */
export function moveOn(moved: Moved, { checkout, entries, decision }: Turn): Moved {
  if (decision !== undefined && moved.decision !== undefined) throw new Error('two decisions at once');
  return {
    checkout: { ...moved.checkout, ...checkout },
    entries: [...moved.entries, ...entries],
    decision: decision ?? moved.decision,
  };
}

/** Writes checkouts that were locked, their orders with history and events, and what those who take part are told. */
export async function saveMoved(
  tx: Queryable,
  moved: readonly Moved[],
  { checkouts, orders }: MovingOptions,
): Promise<void> {
  const telling = moved.filter(({ entries }) => entries.length > 0);
  const current = await orders.lockAll(
    tx,
    telling.map(({ checkout }) => checkout.orderId),
  );
  const changes = telling.map(({ checkout, entries }) => {
    const before = existing(current.get(checkout.orderId), checkout);
    const outputs = outputsOf(checkout, checkout.orderId);
    const { events } = advance(before, { saga: 'checkout', wasParked: false, entries, outputs });
    return { before, events };
  });
  const causes = new Map(telling.map(({ checkout }) => [checkout.orderId as string, checkout.traceparent]));
  const saved = changes.length === 0 ? [] : await orders.save(tx, changes, { causes });
  const byId = new Map(saved.map((order) => [order.id, order]));
  await checkouts.save(
    tx,
    moved.map(({ checkout, decision }) => {
      const order = byId.get(checkout.orderId);
      return { checkout, event: decision && decisionEvent(decision, existing(order, checkout)) };
    }),
  );
}

function existing(order: Order | undefined, { orderId }: StoredCheckout): Order {
  if (order === undefined) throw new Error(`the checkout ${orderId} has no order`);
  return order;
}
