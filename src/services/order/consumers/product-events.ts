import { CheckoutStockMoved, CheckoutStockRefused } from '../../../../gen/tradewind/product/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What the order process reads of stock, from the contract of the product process. */
export const PRODUCT_EVENTS = {
  held: eventType('checkout-stock.held', {
    schema: 'tradewind.product.v1.CheckoutStockMoved',
    message: CheckoutStockMoved,
  }),
  refused: eventType('checkout-stock.refused', {
    schema: 'tradewind.product.v1.CheckoutStockRefused',
    message: CheckoutStockRefused,
  }),
  released: eventType('checkout-stock.released', {
    schema: 'tradewind.product.v1.CheckoutStockMoved',
    message: CheckoutStockMoved,
  }),
  sold: eventType('checkout-stock.sold', {
    schema: 'tradewind.product.v1.CheckoutStockMoved',
    message: CheckoutStockMoved,
  }),
} as const;
