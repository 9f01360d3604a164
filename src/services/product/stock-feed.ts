import { AppError, type Clock } from '../../chassis/core/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import {
  withoutGap,
  type AdjustmentReason,
  type ChangeKind,
  type ProductId,
  type Stock,
  type StockChange,
} from './domain.ts';
import { statements } from './statements.ts';
import { toStock, type StockRow } from './stock-repository.ts';

/** The log of stock changes, read so that nothing is missed. */
export interface StockFeed {
  /**
   * The next changes after the position, in order; empty when there is none yet. Waits at a gap until no running transaction can fill it.
   * OUT_OF_RANGE, POSITION_EXPIRED or POSITION_UNKNOWN.
   */
  read(after: bigint, signal: AbortSignal): Promise<readonly StockChange[]>;
  /** A position below which nothing can appear any more: the newest there is. */
  settled(signal: AbortSignal): Promise<bigint>;
  /** The stock of products as it was at a settled position, a batch at a time. */
  stockAt(position: bigint, productIds: readonly ProductId[]): AsyncIterable<Stock>;
}

const BATCH = 500;

/** Between two looks at whether a gap is closed; transactions here take a few milliseconds. */
const SETTLE_MS = 5;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_POSITION = 2n ** 63n - 1n;

interface ChangeRow extends StockRow {
  readonly position: bigint;
  readonly kind: ChangeKind;
  readonly quantity: number;
  readonly reservation_id: string | null;
  readonly adjustment_reason: AdjustmentReason | null;
  readonly note: string;
  readonly change_time: Date;
}

/** The feed over PostgreSQL. */
export function createStockFeed(options: { readonly database: Queryable; readonly clock: Clock }): StockFeed {
  const { database, clock } = options;

  /**
   * Waits until every transaction that has begun to write is over. A position is taken after its transaction's id, so a position that is
   * missing below one that is seen belongs to a transaction older than a new id. (pg_snapshot_xmax would not do: it counts what has ended,
   * not what has begun.)
   */
  const settle = async (signal: AbortSignal) => {
    const bound = await idOf(statements['draw-transaction-id']);
    while ((await idOf(statements['oldest-transaction-id'])) < bound) await clock.sleep(SETTLE_MS, signal);
  };
  const idOf = async (statement: (typeof statements)['draw-transaction-id']) =>
    (await database.one<{ readonly id: bigint }>(statement))?.id ?? 0n;
  const rowsBetween = (after: bigint, through: bigint) =>
    database.rows<ChangeRow>(statements['read-stock-changes'], [after, through, BATCH]);
  const assertKept = async (position: bigint) => {
    const bounds = await database.one<{ readonly floor: bigint; readonly last: bigint }>(
      statements['stock-change-bounds'],
    );
    if (bounds === undefined) throw new Error('the stock change log has no bounds');
    if (position < bounds.floor) throw outOfRange('POSITION_EXPIRED', position, 'changes that old are no longer kept');
    if (position > bounds.last) throw outOfRange('POSITION_UNKNOWN', position, 'is ahead of everything that happened');
  };

  return {
    async read(after, signal) {
      const seen = await rowsBetween(after, LAST_POSITION);
      await assertKept(after); // after the read: what was trimmed meanwhile is noticed
      const last = seen.at(-1);
      if (last === undefined) return [];
      const certain = withoutGap(seen, after);
      if (certain.length > 0) return certain.map(toChange);
      await settle(signal);
      return (await rowsBetween(after, last.position)).map(toChange);
    },
    async settled(signal) {
      const newest = await database.one<{ readonly position: bigint }>(statements['newest-stock-change']);
      await settle(signal);
      return newest?.position ?? 0n;
    },
    async *stockAt(position, productIds) {
      const only = productIds.length === 0 ? null : productIds;
      let after = FIRST_ID;
      for (;;) {
        const rows = await database.rows<StockRow>(statements['stock-at-position'], [position, after, only, BATCH]);
        yield* rows.map(toStock);
        after = rows.at(-1)?.product_id ?? after;
        if (rows.length < BATCH) return;
      }
    },
  };
}

function toChange(row: ChangeRow): StockChange {
  return {
    position: row.position,
    kind: row.kind,
    quantity: row.quantity,
    stock: toStock({ ...row, update_time: row.change_time }),
    reservationId: row.reservation_id ?? '',
    adjustmentReason: row.adjustment_reason ?? undefined,
    note: row.note,
    changeTime: row.change_time,
  };
}

function outOfRange(reason: 'POSITION_EXPIRED' | 'POSITION_UNKNOWN', position: bigint, description: string): AppError {
  return new AppError({
    status: 'OUT_OF_RANGE',
    reason,
    message: `after_position ${position}: ${description}`,
    metadata: { after_position: String(position) },
  });
}
