import { ProductDeleted, StockLevelCrossed } from '../../../../gen/tradewind/product/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

const level = { schema: 'tradewind.product.v1.StockLevelCrossed', message: StockLevelCrossed };

/** What notification reads of products and their stock, from the contract of the product process. */
export const PRODUCT_EVENTS = {
  back: eventType('stock.back', level),
  low: eventType('stock.low', level),
  deleted: eventType('product.deleted', { schema: 'tradewind.product.v1.ProductDeleted', message: ProductDeleted }),
} as const;
