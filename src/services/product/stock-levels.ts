import type { NewEvent } from '../../chassis/events/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import { crossingOf, productNotFound, type Product, type ProductId, type Shelf, type StockLevel } from './domain.ts';
import { stockCrossed } from './events.ts';
import { countStockEvents, lockStock, setLowStockThreshold } from './stock-repository.ts';

/** A product's stock as a transaction leaves it. */
export interface LevelAfter extends StockLevel {
  readonly productId: ProductId;
}

/**
 * What is told of the products whose stock crossed a line in this transaction, which has locked it: `before` as lockStock found it, `after`
 * in the order of the moves, so that the last of each product counts. Last among the changes of stock, as it takes the numbers of the events.
 */
export async function crossings(
  tx: Queryable,
  before: readonly Shelf[],
  after: readonly LevelAfter[],
): Promise<readonly NewEvent[]> {
  const levels = new Map(after.map((level) => [level.productId, level]));
  const crossed = before.flatMap((shelf) => {
    const level = levels.get(shelf.productId);
    const crossing = level && crossingOf(shelf, level);
    return crossing === undefined ? [] : [{ crossing, shelf: { ...shelf, ...level } }];
  });
  if (crossed.length === 0) return [];
  const numbers = await countStockEvents(
    tx,
    crossed.map(({ shelf }) => shelf.productId),
  );
  return crossed.map(({ crossing, shelf }) => {
    const number = numbers.get(shelf.productId);
    if (number === undefined) throw new Error(`the stock of ${shelf.productId} was not locked`);
    return stockCrossed(crossing, shelf, number);
  });
}

/** Writes the threshold of a product that the transaction has locked, and what is told where that makes its stock low. */
export async function changeThreshold(
  tx: Queryable,
  { id: productId, lowStockThreshold }: Pick<Product, 'id' | 'lowStockThreshold'>,
): Promise<readonly NewEvent[]> {
  const [shelf] = await lockStock(tx, [productId]);
  if (shelf === undefined) throw productNotFound(productId);
  await setLowStockThreshold(tx, productId, lowStockThreshold);
  return crossings(tx, [shelf], [{ ...shelf, lowStockThreshold }]);
}
