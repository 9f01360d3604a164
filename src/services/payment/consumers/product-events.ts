import { CheckoutStockMoved } from '../../../../gen/tradewind/product/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What the payment process reads of stock, from the contract of the product process. */
export const PRODUCT_EVENTS = {
  checkoutHeld: eventType('checkout-stock.held', {
    schema: 'tradewind.product.v1.CheckoutStockMoved',
    message: CheckoutStockMoved,
  }),
} as const;
