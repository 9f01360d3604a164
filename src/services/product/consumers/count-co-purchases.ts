import type { OrderLine } from '../../../../gen/tradewind/order/v1/order.ts';
import { defineConsumer, type ConsumerDefinition, type ReceivedEvent } from '../../../chassis/events/index.ts';
import { countPairs, type BasketChange } from '../domain.ts';
import { statements } from '../statements.ts';
import { ORDER_EVENTS, type OrderNews } from './order-events.ts';

/** Counts which products are bought together, from what becomes of orders; ListRecommendations shows it. A batch is one statement. */
export function countCoPurchases(): ConsumerDefinition {
  return defineConsumer({
    name: 'co-purchases',
    source: 'order',
    many: {
      types: Object.values(ORDER_EVENTS),
      async handle(events: readonly ReceivedEvent<OrderNews>[], { tx }) {
        const pairs = countPairs(events.map(({ data }) => basketChange(data)));
        if (pairs.length === 0) return;
        const rows = pairs.map(({ productId, otherProductId, orders }) => ({
          ...{ product_id: productId, other_product_id: otherProductId, orders },
        }));
        await tx.execute(statements['count-co-purchases'], [JSON.stringify(rows)]);
      },
    },
  });
}

/** What is left of an order's lines at an event is what its consumers have counted so far. */
function basketChange(news: OrderNews): BasketChange {
  const { lines } = news;
  if ('cancelledLines' in news) {
    const taken = new Map(news.cancelledLines.map(({ productId, quantity }) => [productId, quantity]));
    return { before: productsOf(lines, taken), after: productsOf(lines) };
  }
  if ('wasConfirmed' in news) return { before: news.wasConfirmed ? productsOf(lines) : [], after: [] };
  return { before: [], after: news.reason === '' ? productsOf(lines) : [] }; // told again: it was counted before
}

/** The products of lines with pieces that are still ordered; `taken`: pieces to count as if they still were. */
function productsOf(lines: readonly OrderLine[], taken: ReadonlyMap<string, number> = new Map()): readonly string[] {
  const isLeft = ({ productId, quantity, cancelledQuantity }: OrderLine) =>
    quantity - cancelledQuantity + (taken.get(productId) ?? 0) > 0;
  return lines.filter(isLeft).map(({ productId }) => productId);
}
