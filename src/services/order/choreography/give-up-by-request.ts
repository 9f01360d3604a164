import type { Clock } from '../../../chassis/core/index.ts';
import type { Queryable } from '../../../chassis/store/index.ts';
import { orderRefusal, type OrderId } from '../domain.ts';
import type { WhyCancelled } from '../why-cancelled.ts';
import { giveUp } from './checkout.ts';
import type { StoredCheckout } from './checkout-store.ts';
import { moveOn, saveMoved, unmoved, type MovingOptions } from './move-checkouts.ts';

/** Gives up a checkout that was locked, because somebody asks for it. FAILED_PRECONDITION (ORDER_BEING_CONFIRMED): it is too late for that. */
export async function giveUpByRequest(
  tx: Queryable,
  checkout: StoredCheckout,
  { actor, reason, message, clock, ...options }: WhyCancelled & MovingOptions & { readonly clock: Clock },
): Promise<void> {
  const failure = { status: 'CANCELLED', reason, message } as const;
  const turn = giveUp(checkout, { failure, actor, note: message, time: new Date(clock.now()) });
  if (turn === undefined) throw beingConfirmed(checkout.orderId);
  await saveMoved(tx, [moveOn(unmoved(checkout), turn)], options);
}

function beingConfirmed(id: OrderId) {
  return orderRefusal('ORDER_BEING_CONFIRMED', id, 'the payment is being captured; try again in a moment');
}
