import type { Database, PageCursor } from '../../chassis/store/index.ts';
import { NEWEST, RELEVANCE, type CatalogueOrder, type FoundProduct } from './catalogue-orders.ts';
import type { PriceRange, ProductState, SearchQuery } from './domain.ts';
import { toProduct, type ProductRow } from './product-row.ts';
import { statements } from './statements.ts';

/** What a search lets through; a filter that is absent or empty lets everything through. */
export interface SearchFilter {
  readonly query: SearchQuery | undefined;
  readonly categories: readonly string[];
  readonly prices: PriceRange | undefined;
  readonly inStock: boolean;
}

/** A category and how many products on sale it has. */
export interface CategoryCount {
  readonly name: string;
  readonly product_count: number;
}

/** Pages of the catalogue. `after` is the cursor of the last row shown; undefined: the first page. */
export interface CatalogueRepository {
  list(options: {
    readonly category: string;
    readonly state: ProductState | undefined;
    readonly after: PageCursor | undefined;
    readonly limit: number;
  }): Promise<readonly FoundProduct[]>;
  search(options: {
    readonly filter: SearchFilter;
    readonly order: CatalogueOrder;
    readonly after: PageCursor | undefined;
    readonly limit: number;
  }): Promise<readonly FoundProduct[]>;
  categories(after: string, limit: number): Promise<readonly CategoryCount[]>;
}

/** Pages over PostgreSQL, by key. */
export function createCatalogueRepository(database: Database): CatalogueRepository {
  return {
    async list({ category, state, after = NEWEST.start, limit }) {
      const rows = await database.rows<FoundRow>(statements['list-products'], [
        ...after,
        category === '' ? null : category,
        state ?? null,
        limit,
      ]);
      return rows.map(toFound);
    },
    async search({ filter, order, after = order.start, limit }) {
      const { query, categories, prices, inStock } = filter;
      const rows = await database.rows<FoundRow>(order.statement, [
        query?.matching ?? null,
        categories.length === 0 ? null : categories,
        prices?.currency ?? null,
        prices?.min?.units ?? null,
        prices?.min?.nanos ?? null,
        prices?.max?.units ?? null,
        prices?.max?.nanos ?? null,
        inStock,
        ...(order === RELEVANCE ? [query?.exact ?? null] : []),
        ...after,
        limit,
      ]);
      return rows.map(toFound);
    },
    categories: (after, limit) => database.rows<CategoryCount>(statements['list-categories'], [after, limit]),
  };
}

interface FoundRow extends ProductRow {
  readonly rank?: number;
}

function toFound(row: FoundRow): FoundProduct {
  return { ...toProduct(row), rank: row.rank ?? 0 };
}
