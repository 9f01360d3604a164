import { currentCall } from '../../chassis/core/index.ts';
import type { PageCursor, Queryable } from '../../chassis/store/index.ts';
import type { ProductId, UserId } from './domain.ts';
import { statements } from './statements.ts';

/** A wish to hear when a product is in stock again. */
export interface StockNotice {
  readonly userId: UserId;
  readonly productId: ProductId;
  readonly createTime: Date;
}

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** Before every row. */
const START: PageCursor = ['infinity', LAST_ID, LAST_ID];

/** Who waits for what. Every function runs where it is told to: alone or in a transaction. */
export const stockNotices = {
  /** The wish, made unless it was there. Undefined: it was fulfilled that very moment. */
  async request(on: Queryable, userId: UserId, productId: ProductId): Promise<StockNotice | undefined> {
    await on.execute(statements['insert-stock-notice'], [userId, productId]);
    const row = await on.one<StockNoticeRow>(statements['get-stock-notice'], [userId, productId]);
    return row && toStockNotice(row);
  },

  async cancel(on: Queryable, userId: UserId, productId: ProductId): Promise<void> {
    await on.execute(statements['delete-stock-notice'], [userId, productId]);
  },

  /** Newest first; `userId` undefined: everybody's. */
  async list(
    on: Queryable,
    userId: string | undefined,
    { after = START, limit }: { readonly after: PageCursor | undefined; readonly limit: number },
  ): Promise<readonly StockNotice[]> {
    const rows = await on.rows<StockNoticeRow>(statements['list-stock-notices'], [userId ?? null, ...after, limit]);
    return rows.map(toStockNotice);
  },

  /** Drafts a message to each who waits for the product, and lets the wishes go: each is told once. */
  async tell(
    tx: Queryable,
    productId: ProductId,
    message: { readonly template: string; readonly parameters: Readonly<Record<string, string>> },
  ): Promise<void> {
    const traceparent = currentCall()?.trace?.traceparent ?? null;
    const parameters = [productId, message.template, JSON.stringify(message.parameters), traceparent];
    await tx.execute(statements['draft-stock-notices'], parameters);
  },

  /** Nobody waits for it any more: there will be none. */
  async forget(tx: Queryable, productId: ProductId): Promise<void> {
    await tx.execute(statements['forget-stock-notices'], [productId]);
  },
};

interface StockNoticeRow {
  readonly user_id: UserId;
  readonly product_id: ProductId;
  readonly create_time: Date;
}

function toStockNotice({ user_id, product_id, create_time }: StockNoticeRow): StockNotice {
  return { userId: user_id, productId: product_id, createTime: create_time };
}
