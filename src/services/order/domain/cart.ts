import { AppError, invalidArgument } from '../../../chassis/core/index.ts';
import type { CartLine } from './cart-line.ts';
import { add, equals, format, isTooLarge, times, zero, type Money } from './money.ts';
import type { OrderLine } from './order.ts';

/** What the catalogue says of a product. */
export interface CatalogueItem {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  /** False when it is no longer sold. */
  readonly onSale: boolean;
}

/** A cart with prices. */
export interface PricedCart {
  readonly lines: readonly OrderLine[];
  readonly total: Money;
}

/** @throws AppError INVALID_ARGUMENT, reason DUPLICATE_PRODUCT: a product is in two lines. */
export function assertEachProductOnce(cart: readonly CartLine[]): void {
  const violations = cart.flatMap(({ productId }, index) =>
    cart.findIndex((line) => line.productId === productId) === index
      ? []
      : [{ field: `lines[${index}].product_id`, description: 'is in another line too', reason: 'DUPLICATE_PRODUCT' }],
  );
  if (violations.length > 0) throw invalidArgument(violations, 'DUPLICATE_PRODUCT');
}

/**
 * Prices a cart by the catalogue, exactly.
 *
 * @throws AppError NOT_FOUND (PRODUCT_NOT_FOUND); FAILED_PRECONDITION (PRODUCT_DISCONTINUED), (CURRENCY_MISMATCH),
 * (TOTAL_CHANGED) when the total is not the one the customer was shown; INVALID_ARGUMENT for a total that no amount can hold.
 */
export function priceCart(options: {
  readonly cart: readonly CartLine[];
  readonly catalogue: readonly CatalogueItem[];
  readonly currencyCode: string;
  readonly expectedTotal: Money | undefined;
}): PricedCart {
  const { cart, catalogue, currencyCode, expectedTotal } = options;
  const items = new Map(catalogue.map((item) => [item.id, item]));
  const lines = cart.map(({ productId, quantity }): OrderLine => {
    const item = sellable(items.get(productId), productId, currencyCode);
    return {
      productId,
      sku: item.sku,
      name: item.name,
      quantity,
      unitPrice: item.price,
      lineTotal: times(item.price, quantity),
    };
  });
  const total = lines.reduce((sum, line) => add(sum, line.lineTotal), zero(currencyCode));
  if (isTooLarge(total))
    throw invalidArgument([{ field: 'lines', description: 'add up to more than an amount can be' }]);
  if (expectedTotal !== undefined) assertExpected(expectedTotal, total);
  return { lines, total };
}

function sellable(item: CatalogueItem | undefined, productId: string, currencyCode: string): CatalogueItem {
  const metadata = { product_id: productId };
  if (item === undefined) {
    throw new AppError({
      status: 'NOT_FOUND',
      reason: 'PRODUCT_NOT_FOUND',
      message: `no product has the id ${productId}`,
      metadata,
      details: [{ kind: 'resourceInfo', resourceType: 'product', resourceName: productId }],
    });
  }
  if (!item.onSale) throw refusal('PRODUCT_DISCONTINUED', `product ${item.sku} is no longer sold`, metadata);
  if (item.price.currencyCode !== currencyCode) {
    const message = `product ${item.sku} is priced in ${item.price.currencyCode}, not in ${currencyCode}`;
    throw refusal('CURRENCY_MISMATCH', message, metadata);
  }
  return item;
}

function assertExpected(expected: Money, actual: Money): void {
  if (equals(expected, actual)) return;
  const metadata = { expected: format(expected), actual: format(actual) };
  if (expected.currencyCode !== actual.currencyCode) {
    throw refusal('CURRENCY_MISMATCH', `expected_total is not in ${actual.currencyCode}`, metadata);
  }
  throw refusal('TOTAL_CHANGED', `the total is ${metadata.actual}, not ${metadata.expected}`, metadata);
}

function refusal(reason: string, message: string, metadata: Record<string, string>): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason,
    message,
    metadata,
    details: [{ kind: 'preconditionFailure', violations: [{ type: reason, subject: 'cart', description: message }] }],
  });
}
