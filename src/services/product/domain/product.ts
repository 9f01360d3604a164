import { invalidArgument } from '../../../chassis/core/index.ts';
import type { ProductId } from './ids.ts';
import { samePrice, type Price } from './price.ts';

/** Whether a product can be bought. */
export type ProductState = 'ACTIVE' | 'DISCONTINUED';

/** One property, such as colour: green. */
export interface ProductAttribute {
  readonly name: string;
  readonly value: string;
}

/** What a seller says about a product. */
export interface ProductText {
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly price: Price;
  readonly imageUri: string;
  readonly attributes: readonly ProductAttribute[];
  /** So few pieces available, or fewer, are low stock. */
  readonly lowStockThreshold: number;
}

/** A product that is not in the catalogue yet. */
export interface NewProduct extends ProductText {
  readonly id: ProductId;
  readonly sku: string;
  readonly initialQuantity: number;
}

/** A product of the catalogue. */
export interface Product extends ProductText {
  readonly id: ProductId;
  readonly sku: string;
  readonly state: ProductState;
  readonly version: bigint;
  readonly createTime: Date;
  readonly updateTime: Date;
  /** How many could be reserved when this was read. */
  readonly available: number;
}

/** What an update changes; a field that is absent stays. */
export type ProductChange = Partial<ProductText & { readonly state: ProductState }>;

/** The product after the change. INVALID_ARGUMENT when the change empties what no product can be without. */
export function changeProduct(product: Product, change: ProductChange): Product {
  const emptied = (['name', 'category'] as const).filter((field) => change[field] === '');
  if (emptied.length > 0) {
    throw invalidArgument(
      emptied.map((field) => ({
        field: `product.${field}`,
        description: 'must not be empty',
        reason: 'string.min_len',
      })),
    );
  }
  return { ...product, ...change };
}

/** Whether both say the same about the product. */
export function saysTheSame(left: Product, right: Product): boolean {
  return (
    left.name === right.name &&
    left.description === right.description &&
    left.category === right.category &&
    samePrice(left.price, right.price) &&
    left.state === right.state &&
    left.imageUri === right.imageUri &&
    left.lowStockThreshold === right.lowStockThreshold &&
    sameAttributes(left.attributes, right.attributes)
  );
}

function sameAttributes(left: readonly ProductAttribute[], right: readonly ProductAttribute[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, value }, index) => name === right[index]?.name && value === right[index].value)
  );
}
