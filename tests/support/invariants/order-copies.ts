import type { Breach, World } from './world.ts';

/** I5 for what is made of an order's events: its version, its snapshot and its row in the list are what folding all of them gives. */
export function copyBreaches({ orderCopies }: Pick<World, 'orderCopies'>): readonly Breach[] {
  return orderCopies
    .filter(({ kept, folded }) => kept !== folded)
    .map(
      ({ orderId, what, kept, folded }) =>
        `I5: the ${what} of order ${orderId} is ${kept}, its events make it ${folded}`,
    );
}
