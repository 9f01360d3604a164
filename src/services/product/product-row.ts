import type { Product, ProductAttribute, ProductId, ProductState } from './domain.ts';

/** A row of the view catalogue_entry. */
export interface ProductRow {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly sort_name: string;
  readonly description: string;
  readonly category: string;
  readonly currency: string;
  readonly price_units: bigint;
  readonly price_nanos: number;
  readonly state: ProductState;
  readonly image_uri: string;
  readonly attributes: readonly ProductAttribute[];
  readonly version: bigint;
  readonly create_time: Date;
  readonly update_time: Date;
  readonly available: number;
  readonly low_stock_threshold: number;
}

/** The product of a row. */
export function toProduct(row: ProductRow): Product {
  return {
    id: row.id as ProductId, // from the primary key
    sku: row.sku,
    name: row.name,
    description: row.description,
    category: row.category,
    price: { currencyCode: row.currency, units: row.price_units, nanos: row.price_nanos },
    state: row.state,
    imageUri: row.image_uri,
    attributes: row.attributes.map(({ name, value }) => ({ name, value })),
    version: row.version,
    createTime: row.create_time,
    updateTime: row.update_time,
    available: row.available,
    lowStockThreshold: row.low_stock_threshold,
  };
}
