import type { Database, PageCursor } from '../../chassis/store/index.ts';
import type { Product, ProductId } from './domain.ts';
import { toProduct, type ProductRow } from './product-row.ts';
import { statements } from './statements.ts';

/** A product that was bought with another one. */
export interface Recommendation {
  readonly product: Product;
  /** How many orders have both. */
  readonly orders: bigint;
}

/** What was bought together. */
export interface RecommendationRepository {
  /** Products on sale, the most often first. `after` is the cursor of the last row shown; undefined: the first page. */
  list(
    productId: ProductId,
    options: { readonly after: PageCursor | undefined; readonly limit: number },
  ): Promise<readonly Recommendation[]>;
}

interface RecommendationRow extends ProductRow {
  readonly orders: bigint;
}

/** Before every row. */
const START: PageCursor = [String(2n ** 63n - 1n), 'ffffffff-ffff-ffff-ffff-ffffffffffff'];

/** Over PostgreSQL, by key. */
export function createRecommendationRepository(database: Database): RecommendationRepository {
  return {
    async list(productId, { after = START, limit }) {
      const rows = await database.rows<RecommendationRow>(statements['list-co-purchases'], [
        productId,
        ...after,
        limit,
      ]);
      return rows.map((row) => ({ product: toProduct(row), orders: row.orders }));
    },
  };
}
