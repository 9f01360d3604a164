import type { Emitter } from '../../../chassis/core/index.ts';
import { defineConsumer, STATEMENTS_ONLY_IDLE_MS, type ConsumerDefinition } from '../../../chassis/events/index.ts';
import { hearWord } from './checkout.ts';
import { INCOMING, toWord } from './incoming.ts';
import { moveOn, saveMoved, unmoved, type Moved, type MovingOptions } from './move-checkouts.ts';

/** What the order process tells itself of checkouts without a saga. */
export interface CheckoutMoves {
  /** The order's history has grown; committed. */
  readonly moved: { readonly orderId: string };
}

/** The consumers through which the order process hears those who take part in its checkouts, one for each of them. */
export function participantConsumers(
  options: MovingOptions & { readonly moves: Emitter<CheckoutMoves> },
): readonly ConsumerDefinition[] {
  return Object.entries(INCOMING).map(([source, types]) =>
    defineConsumer({
      name: `checkout-by-${source}`,
      source,
      idleMs: STATEMENTS_ONLY_IDLE_MS,
      many: {
        types,
        async handle(events, { tx }) {
          const locked = await options.checkouts.lock(tx, [...new Set(events.map(({ aggregateId }) => aggregateId))]);
          const moved = new Map<string, Moved>();
          for (const event of events) {
            const { aggregateId: id } = event;
            const checkout = locked.get(id);
            if (checkout === undefined) throw new Error(`nobody here has opened the checkout ${id}`);
            const before = moved.get(id) ?? unmoved(checkout);
            moved.set(id, moveOn(before, hearWord(before.checkout, toWord(event))));
          }
          await saveMoved(tx, [...moved.values()], options);
          return () => {
            for (const orderId of moved.keys()) options.moves.emit('moved', { orderId });
          };
        },
      },
    }),
  );
}
