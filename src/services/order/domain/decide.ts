import { evolve } from './evolve.ts';
import type { Order } from './order.ts';
import type { OrderEvent, OrderFact } from './order-event.ts';

/** What happens to an order, and the order as it is then but for the times, which are those of the log. */
export interface Decision {
  readonly order: Order;
  readonly events: readonly OrderEvent[];
}

/** An event before it has its place: what is empty is left out. */
export type Told = OrderFact & Partial<Pick<OrderEvent, 'step' | 'attempt' | 'reason' | 'message' | 'learned'>>;

/** Tells what happens to an order one by one, each seeing the order as those before it left it. */
export interface Telling {
  readonly order: Order;
  tell(told: Told): void;
  /** All that was told; `sagaEnded`: a saga of the order is over with it. */
  end(options: { readonly sagaEnded: boolean }): Decision;
}

/** Begins after the order's last event. */
export function startTelling(before: Order): Telling {
  let order = before;
  const events: OrderEvent[] = [];
  const add = (event: OrderEvent) => {
    events.push(event);
    order = evolve(order, event, before.updateTime);
  };
  return {
    get order() {
      return order;
    },
    tell(told) {
      const place = { position: order.lastPosition + 1n, sagaEnded: false, settled: false };
      add({ ...NO_STEP, ...told, ...place });
    },
    end({ sagaEnded }) {
      const last = events.pop();
      if (last === undefined) return { order: before, events: [] };
      order = events.reduce((current, event) => evolve(current, event, before.updateTime), before);
      const settled = before.activeSagas === 1 && sagaEnded;
      add({ ...last, sagaEnded, settled });
      return { order, events };
    },
  };
}

/** What happens to an order, where all of it is known from the start. */
export function decide(order: Order, told: readonly Told[]): Decision {
  const telling = startTelling(order);
  told.forEach(telling.tell);
  return telling.end({ sagaEnded: false });
}

const NO_STEP = { step: '', attempt: 0, reason: '', message: '' } as const;
