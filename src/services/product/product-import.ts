import { AppError, type NewId } from '../../chassis/core/index.ts';
import { appendEvents } from '../../chassis/events/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import { changeProduct, parseProductId, saysTheSame, type Product } from './domain.ts';
import { productCreated, productUpdated } from './events.ts';
import type { ImportRow } from './import-row.ts';
import type { ProductRepository } from './product-repository.ts';

/** What became of a batch of rows. */
export interface BatchOutcome {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** Stores rows of an import. */
export interface ProductImport {
  /** All of the batch in one transaction; its SKUs are all different. */
  store(rows: readonly ImportRow[]): Promise<BatchOutcome>;
}

/** Each further round means that somebody else made one of the products a moment ago. */
const MAX_ROUNDS = 5;

/** The import over the catalogue. */
export function createProductImport(options: {
  readonly database: Database;
  readonly products: ProductRepository;
  readonly newId: NewId;
}): ProductImport {
  const { database, products, newId } = options;

  const storeRound = async (tx: Queryable, rows: readonly ImportRow[]) => {
    const known = await products.lockBySku(
      tx,
      rows.map(({ sku }) => sku),
    );
    const bySku = new Map(known.map((product) => [product.sku, product]));
    const changed = rows.flatMap((row) => changesOf(bySku.get(row.sku), row));
    const updated = changed.length === 0 ? [] : await products.update(tx, changed);
    const fresh = rows.filter(({ sku }) => !bySku.has(sku));
    const ready = fresh.map((row) => ({ ...row, id: parseProductId(newId()) }));
    const made = ready.length === 0 ? [] : await products.insert(tx, ready);
    await appendEvents(tx, [
      ...updated.map((product) => productUpdated(bySku.get(product.sku) ?? product, product)),
      ...made.map(productCreated),
    ]);
    const madeSkus = new Set(made.map(({ sku }) => sku));
    return {
      outcome: { created: made.length, updated: changed.length, unchanged: known.length - changed.length },
      left: fresh.filter(({ sku }) => !madeSkus.has(sku)),
    };
  };

  return {
    store: (rows) =>
      database.transaction(async (tx) => {
        const outcomes: BatchOutcome[] = [];
        let left = rows;
        for (let round = 1; left.length > 0; round += 1) {
          if (round > MAX_ROUNDS) throw conflict();
          const stored = await storeRound(tx, left);
          outcomes.push(stored.outcome);
          left = stored.left;
        }
        return {
          created: sum(outcomes, 'created'),
          updated: sum(outcomes, 'updated'),
          unchanged: sum(outcomes, 'unchanged'),
        };
      }),
  };
}

/** The product as the row has it, when the row says anything new about it. */
function changesOf(product: Product | undefined, row: ImportRow): readonly Product[] {
  if (product === undefined) return [];
  const { name, description, category, price, imageUri, attributes } = row;
  const changed = changeProduct(product, { name, description, category, price, imageUri, attributes });
  return saysTheSame(product, changed) ? [] : [changed];
}

function sum(outcomes: readonly BatchOutcome[], field: keyof BatchOutcome): number {
  return outcomes.reduce((total, outcome) => total + outcome[field], 0);
}

function conflict(): AppError {
  return new AppError({
    status: 'ABORTED',
    reason: 'TRANSACTION_CONFLICT',
    message: 'others keep making and deleting the same products; send the import again',
    domain: 'tradewind',
  });
}
