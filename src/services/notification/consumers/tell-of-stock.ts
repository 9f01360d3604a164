import type { StockLevelCrossed } from '../../../../gen/tradewind/product/v1/events.ts';
import type { Clock, NewId } from '../../../chassis/core/index.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { defineConsumer, on, type ConsumerDefinition } from '../../../chassis/events/index.ts';
import { acceptMessage } from '../accept-message.ts';
import { findTemplate, parseNotificationId, parseProductId, TEMPLATES } from '../domain.ts';
import { stockNotices } from '../stock-notice-repository.ts';
import { PRODUCT_EVENTS } from './product-events.ts';
import { whileNew } from './while-new.ts';

/** What stock is told with. */
export interface StockNewsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: NewId;
  /** E-mail addresses of those who restock; none: nobody is told that stock is low. */
  readonly operators: readonly string[];
}

/** Tells who asked that a product is in stock again, and operators that one is nearly gone. */
export function tellOfStock({ clock, newId, operators }: StockNewsOptions): ConsumerDefinition {
  return defineConsumer({
    name: 'stock-news',
    source: 'product',
    on: [
      on(
        PRODUCT_EVENTS.back,
        whileNew<StockLevelCrossed>(clock, ({ data }, { tx }) =>
          stockNotices.tell(tx, parseProductId(data.productId), {
            template: 'stock-available',
            parameters: { product_name: data.name },
          }),
        ),
      ),
      on(
        PRODUCT_EVENTS.low,
        whileNew<StockLevelCrossed>(clock, async ({ data }, { tx }) => {
          const words = findTemplate(TEMPLATES, 'stock-low', 'EMAIL');
          for (const recipient of operators) {
            await acceptMessage(tx, {
              ...{ id: parseNotificationId(newId()), userId: undefined, orderId: undefined, recipient, words },
              ...{ channel: 'EMAIL', category: words.category, template: 'stock-low' },
              parameters: parametersOf(data),
              traceparent: currentCall()?.trace?.traceparent,
            });
          }
        }),
      ),
      on(PRODUCT_EVENTS.deleted, ({ data }, { tx }) => stockNotices.forget(tx, parseProductId(data.productId))),
    ],
  });
}

function parametersOf({ productId, name, sku, availableQuantity, lowStockThreshold }: StockLevelCrossed) {
  return {
    ...{ product_id: productId, product_name: name, sku },
    ...{ available: String(availableQuantity), threshold: String(lowStockThreshold) },
  };
}
