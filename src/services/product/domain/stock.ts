import { AppError } from '../../../chassis/core/index.ts';
import { outOfStock, productNotFound } from './errors.ts';
import type { ProductId } from './ids.ts';
import type { ProductState } from './product.ts';

/** How much of a product there is: available + reserved + sold = received, none below zero. */
export interface Stock {
  readonly productId: ProductId;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  readonly received: number;
  readonly updateTime: Date;
}

/** A product's stock, locked, with what decides whether it can be taken, and what is told when it becomes low. */
export interface Shelf extends Stock {
  readonly sku: string;
  readonly name: string;
  readonly lowStockThreshold: number;
  readonly state: ProductState;
  readonly deleted: boolean;
}

/** Some pieces of one product. */
export interface Line {
  readonly productId: ProductId;
  readonly quantity: number;
}

/** By how much each quantity rises for one piece moved. */
export interface Move {
  readonly available: -1 | 0 | 1;
  readonly reserved: -1 | 0 | 1;
  readonly sold: -1 | 0 | 1;
  readonly received: 0 | 1;
}

/** Every way in which stock moves; received is always the sum of the other three. */
export const MOVES = {
  ADJUSTED: { available: 1, reserved: 0, sold: 0, received: 1 },
  RESERVED: { available: -1, reserved: 1, sold: 0, received: 0 },
  COMMITTED: { available: 0, reserved: -1, sold: 1, received: 0 },
  RELEASED: { available: 1, reserved: -1, sold: 0, received: 0 },
  EXPIRED: { available: 1, reserved: -1, sold: 0, received: 0 },
  RETURNED: { available: 1, reserved: 0, sold: -1, received: 0 },
  COMMITTED_LATE: { available: -1, reserved: 0, sold: 1, received: 0 },
} as const satisfies Readonly<Record<string, Move>>;

/** The name of a move. */
export type MoveKind = keyof typeof MOVES;

/** What a change of stock is called in the log: a move, or the product's first stock. */
export type ChangeKind = MoveKind | 'CREATED';

/** Why stock was adjusted. */
export type AdjustmentReason = 'RESTOCK' | 'RETURN' | 'DAMAGE' | 'LOSS' | 'COUNT';

/** A change of one product's stock, as the log keeps it. */
export interface StockChange {
  readonly position: bigint;
  readonly kind: ChangeKind;
  readonly quantity: number;
  /** After the change. */
  readonly stock: Stock;
  readonly reservationId: string;
  readonly adjustmentReason: AdjustmentReason | undefined;
  readonly note: string;
  readonly changeTime: Date;
}

/** Stock never passes this, so that every quantity fits the contract's int32. */
export const MAX_STOCK = 1_000_000_000;

/** Refuses an adjustment: PRODUCT_NOT_FOUND, OUT_OF_STOCK, STOCK_LIMIT_EXCEEDED. */
export function assertAdjustable(
  shelf: Shelf | undefined,
  productId: ProductId,
  delta: number,
): asserts shelf is Shelf {
  if (shelf === undefined || shelf.deleted) throw productNotFound(productId);
  if (shelf.available + delta < 0) {
    throw outOfStock([{ productId, wanted: -delta, available: shelf.available }]);
  }
  if (shelf.received + delta > MAX_STOCK) {
    throw new AppError({
      status: 'FAILED_PRECONDITION',
      reason: 'STOCK_LIMIT_EXCEEDED',
      message: `the product ${productId} would have more than ${MAX_STOCK} pieces`,
      metadata: { product_id: productId },
      details: [
        {
          kind: 'preconditionFailure',
          violations: [
            { type: 'STOCK_LIMIT', subject: productId, description: `${shelf.received} received, ${delta} to add` },
          ],
        },
      ],
    });
  }
}
