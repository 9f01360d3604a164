import type { Queryable } from '../../chassis/store/index.ts';
import {
  MOVES,
  type AdjustmentReason,
  type Line,
  type MoveKind,
  type ProductId,
  type ProductState,
  type Shelf,
  type Stock,
} from './domain.ts';
import { statements } from './statements.ts';

/** A row of the table stock. */
export interface StockRow {
  readonly product_id: string;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  readonly received: number;
  readonly update_time: Date;
}

/** Stock after a move. */
export interface MovedStock extends Stock {
  readonly lowStockThreshold: number;
  /** How many events its stock has, that of the move among them. */
  readonly eventCount: bigint;
}

interface ShelfRow extends StockRow {
  readonly sku: string;
  readonly name: string;
  readonly state: ProductState;
  readonly deleted: boolean;
  readonly low_stock_threshold: number;
}

interface MovedRow extends StockRow {
  readonly low_stock_threshold: number;
  readonly event_count: bigint;
}

/** A move of stock, and what the log says about it. */
export interface StockMove {
  readonly kind: MoveKind;
  /** Each product once; all locked by lockStock in this transaction. */
  readonly lines: readonly Line[];
  readonly reservationId?: string;
  readonly adjustmentReason?: AdjustmentReason;
  readonly note?: string;
}

/** The stock of a product in the catalogue; undefined when there is no such product. */
export async function getStock(queryable: Queryable, productId: ProductId): Promise<Stock | undefined> {
  const row = await queryable.one<StockRow>(statements['get-stock'], [productId]);
  return row && toStock(row);
}

/** Locks the products' stock in the one order that all use; deleted products are among them. */
export async function lockStock(tx: Queryable, productIds: readonly ProductId[]): Promise<readonly Shelf[]> {
  const rows = await tx.rows<ShelfRow>(statements['lock-stock'], [productIds]);
  return rows.map((row) => ({
    ...toStock(row),
    sku: row.sku,
    name: row.name,
    lowStockThreshold: row.low_stock_threshold,
    state: row.state,
    deleted: row.deleted,
  }));
}

/** Moves stock and logs each change; the stock after it, in no order. */
export async function moveStock(tx: Queryable, move: StockMove): Promise<readonly MovedStock[]> {
  const { available, reserved, sold, received } = MOVES[move.kind];
  const rows = await tx.rows<MovedRow>(statements['move-stock'], [
    move.lines.map((line) => line.productId),
    move.lines.map((line) => line.quantity),
    available,
    reserved,
    sold,
    received,
    move.kind,
    move.reservationId ?? null,
    move.adjustmentReason ?? null,
    move.note ?? '',
  ]);
  if (rows.length !== move.lines.length) throw new Error('stock was to be moved of a product that has none');
  return rows.map((row) => ({
    ...toStock(row),
    lowStockThreshold: row.low_stock_threshold,
    eventCount: row.event_count,
  }));
}

/** Counts one more event of each of these products, whose stock is locked; the numbers of the events. */
export async function countStockEvents(
  tx: Queryable,
  productIds: readonly ProductId[],
): Promise<ReadonlyMap<ProductId, bigint>> {
  const rows = await tx.rows<Pick<MovedRow, 'event_count'> & { readonly product_id: ProductId }>(
    statements['count-stock-events'],
    [productIds],
  );
  return new Map(rows.map((row) => [row.product_id, row.event_count]));
}

/** Writes when the locked stock of a product is low. */
export async function setLowStockThreshold(tx: Queryable, productId: ProductId, threshold: number): Promise<void> {
  await tx.execute(statements['set-low-stock-threshold'], [productId, threshold]);
}

/** The stock of a row. */
export function toStock(row: StockRow): Stock {
  return {
    productId: row.product_id as ProductId, // from the primary key
    available: row.available,
    reserved: row.reserved,
    sold: row.sold,
    received: row.received,
    updateTime: row.update_time,
  };
}
