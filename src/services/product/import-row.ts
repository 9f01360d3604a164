import { CreateProductRequest, type ImportProductsRequest } from '../../../gen/tradewind/product/v1/product.ts';
import type { FieldViolation } from '../../chassis/core/index.ts';
import type { Validate } from '../../chassis/validation/index.ts';
import { DEFAULT_LOW_STOCK_THRESHOLD, parseDecimal, priceFault, type NewProduct } from './domain.ts';

/** Why a row was not taken. */
export interface RowFault {
  /** The field at fault, empty when it is not one field. */
  readonly field: string;
  readonly reason: 'ROW_INVALID' | 'PRICE_INVALID' | 'ROW_REPEATED';
  readonly message: string;
}

/** A row that can be taken: a product but for its id. */
export type ImportRow = Omit<NewProduct, 'id'>;

/** What a row turned out to be. */
export type ParsedRow = { readonly row: ImportRow } | { readonly fault: RowFault };

/** Holds a row to the rules of CreateProductRequest, which `validate` checks. */
export function parseImportRow(request: ImportProductsRequest, validate: Validate | undefined): ParsedRow {
  const { price: priceText, currencyCode, ...rest } = request;
  const price = parseDecimal(priceText, currencyCode);
  const product = CreateProductRequest.fromPartial({ ...rest, price: price ?? { currencyCode } });
  const violations = (validate?.(product) ?? []).map(inRow);
  const amiss = price === undefined ? 'must be a decimal number such as "19.99", not below zero' : priceFault(price);
  const prices = amiss === undefined ? [] : [{ field: 'price', description: amiss }];
  if (violations.length > 0) return { fault: faultOf('ROW_INVALID', [...violations, ...prices]) };
  if (price === undefined || prices.length > 0) return { fault: faultOf('PRICE_INVALID', prices) };
  const { sku, name, description, category, imageUri, attributes, initialQuantity } = product;
  const lowStockThreshold = DEFAULT_LOW_STOCK_THRESHOLD;
  return { row: { sku, name, description, category, price, imageUri, attributes, initialQuantity, lowStockThreshold } };
}

/** A row has no message for its price. */
function inRow(violation: FieldViolation): FieldViolation {
  return { ...violation, field: violation.field.replace(/^price\./, '') };
}

function faultOf(reason: RowFault['reason'], violations: readonly FieldViolation[]): RowFault {
  const fields = new Set(violations.map(({ field }) => field));
  const [only = ''] = fields;
  return {
    field: fields.size === 1 ? only : '',
    reason,
    message: violations.map(({ field, description }) => `${field}: ${description}`).join('; '),
  };
}
