import type { NewOrder } from './order.ts';
import type { OrderEvent } from './order-event.ts';

/** The first event of an order; its checkout starts in the same transaction. */
export function placeOrder(placed: NewOrder): OrderEvent {
  return {
    ...{ kind: 'STATE_CHANGED', state: 'PENDING', placed, position: 1n },
    ...{ step: '', attempt: 0, reason: '', message: '', sagaEnded: false, settled: false },
  };
}
