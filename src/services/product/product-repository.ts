import type { Database, Queryable } from '../../chassis/store/index.ts';
import { searchVector, sortName, type NewProduct, type Product, type ProductId } from './domain.ts';
import { toProduct, type ProductRow } from './product-row.ts';
import { statements } from './statements.ts';

/** The catalogue in the database. Prices, names and search words are written by one hand. */
export interface ProductRepository {
  /** Those that exist and are not deleted, at one moment, in no order. */
  get(ids: readonly ProductId[]): Promise<readonly Product[]>;
  /** Locks the product for the transaction; 'deleted' when it was taken out of the catalogue. */
  lock(tx: Queryable, id: ProductId): Promise<Product | 'deleted' | undefined>;
  /** Locks the products that have these SKUs. */
  lockBySku(tx: Queryable, skus: readonly string[]): Promise<readonly Product[]>;
  /** Adds products with their stock; those whose SKU is taken are left out of the result. */
  insert(tx: Queryable, products: readonly NewProduct[]): Promise<readonly Product[]>;
  /** Writes locked products back, but for their thresholds, and gives them their next version. */
  update(tx: Queryable, products: readonly Product[]): Promise<readonly Product[]>;
  /** Takes a locked product out of the catalogue; the version that this gave it. */
  delete(tx: Queryable, id: ProductId): Promise<bigint>;
}

/** The catalogue over PostgreSQL. */
export function createProductRepository(database: Database): ProductRepository {
  return {
    async get(ids) {
      return (await database.rows<ProductRow>(statements['get-products'], [ids])).map(toProduct);
    },
    async lock(tx, id) {
      const row = await tx.one<ProductRow & { readonly deleted: boolean }>(statements['lock-product'], [id]);
      if (row === undefined) return undefined;
      return row.deleted ? 'deleted' : toProduct(row);
    },
    async lockBySku(tx, skus) {
      return (await tx.rows<ProductRow>(statements['lock-products-by-sku'], [skus])).map(toProduct);
    },
    async insert(tx, products) {
      const given = products.map((product) => ({
        ...columnsOf(product),
        id: product.id,
        sku: product.sku,
        initial_quantity: product.initialQuantity,
        low_stock_threshold: product.lowStockThreshold,
      }));
      return (await tx.rows<ProductRow>(statements['insert-products'], [JSON.stringify(given)])).map(toProduct);
    },
    async update(tx, products) {
      const given = products.map((product) => ({ ...columnsOf(product), id: product.id, state: product.state }));
      const rows = await tx.rows<Pick<ProductRow, 'id' | 'version' | 'update_time'>>(statements['update-products'], [
        JSON.stringify(given),
      ]);
      const written = new Map(rows.map((row) => [row.id, row]));
      return products.map((product) => {
        const row = written.get(product.id);
        if (row === undefined) throw new Error(`the product ${product.id} was not locked`);
        return { ...product, version: row.version, updateTime: row.update_time };
      });
    },
    async delete(tx, id) {
      const deleted = await tx.one<Pick<ProductRow, 'version'>>(statements['delete-product'], [id]);
      if (deleted === undefined) throw new Error(`the product ${id} was not locked`);
      return deleted.version;
    },
  };
}

/** What is written the same way for a new product and a changed one; int8 as text, which JSON cannot carry as a number. */
function columnsOf(product: NewProduct | Product): Readonly<Record<string, unknown>> {
  return {
    name: product.name,
    sort_name: sortName(product.name),
    description: product.description,
    category: product.category,
    currency: product.price.currencyCode,
    price_units: String(product.price.units),
    price_nanos: product.price.nanos,
    image_uri: product.imageUri,
    attributes: product.attributes,
    search_words: searchVector(product),
  };
}
