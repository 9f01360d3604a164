import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { StockChangeKind, type WatchStockResponse } from '../../../gen/tradewind/product/v1/inventory.ts';
import type { AppError } from '../../../src/chassis/core/index.ts';
import { statements } from '../../../src/services/product/statements.ts';
import { eventually } from '../../support/eventually.ts';
import { failureOf, startProductProcess, type ProductProcess } from './product-process.ts';

let process: ProductProcess;
let watches: Watch[];
beforeEach(async () => {
  watches = [];
  process = await startProductProcess({ replicas: 2 });
});
afterEach(async () => {
  for (const watch of watches) await watch.stop();
  await process[Symbol.asyncDispose]();
});

interface Watch {
  readonly seen: WatchStockResponse[];
  readonly ended: Promise<AppError | undefined>;
  stop(): Promise<void>;
}

function watch(request: { readonly productIds?: string[]; readonly afterPosition?: bigint } = {}): Watch {
  const abort = new AbortController();
  const seen: WatchStockResponse[] = [];
  const ended = (async () => {
    try {
      for await (const change of process.inventory.watchStock(request, { signal: abort.signal })) seen.push(change);
      return undefined;
    } catch (error) {
      return error as AppError; // what our clients throw
    }
  })();
  const stop = async () => {
    abort.abort();
    await ended;
  };
  const started = { seen, ended, stop };
  watches.push(started);
  return started;
}

const newKey = () => crypto.randomUUID();
const kinds = ({ seen }: Watch) => seen.map(({ kind }) => kind);
const K = StockChangeKind;

/** Positions rise, and each change starts from the stock the change before left. */
function expectInOrder(changes: readonly WatchStockResponse[]): void {
  const known = new Map<string, WatchStockResponse>();
  let position = 0n;
  for (const change of changes) {
    if (change.kind !== K.STOCK_CHANGE_KIND_SNAPSHOT) {
      expect(change.position).toBeGreaterThan(position);
      ({ position } = change);
    }
    const { stock } = change;
    if (stock === undefined) throw new Error('a change without stock');
    const before = known.get(stock.productId)?.stock;
    if (before !== undefined && change.kind === K.STOCK_CHANGE_KIND_RESERVED) {
      expect(stock.availableQuantity).toBe(before.availableQuantity - change.quantity);
    }
    known.set(stock.productId, change);
  }
}

const reserve = (productIds: readonly string[], reservationId = newKey()) =>
  process.inventory.reserveStock({
    ...{ requestId: newKey(), reservationId },
    lines: productIds.map((productId) => ({ productId, quantity: 1 })),
  });

describe('WatchStock', () => {
  it('shows every product as it stands, then each change with what led to it', async () => {
    const [first, second] = [await process.create({ quantity: 5 }), await process.create({ quantity: 3 })];
    const watched = watch();
    await eventually(() => expect(watched.seen).toHaveLength(2));
    expect(watched.seen.map(({ stock }) => [stock?.productId, stock?.availableQuantity])).toEqual([
      [first.id, 5],
      [second.id, 3],
    ]);
    expect(watched.seen[0]?.position).toBe(0n);
    expect(watched.seen[1]?.position).toBeGreaterThan(0n);

    const reservationId = newKey();
    await reserve([first.id, second.id], reservationId);
    await process.inventory.commitReservation({ requestId: newKey(), reservationId });
    await process.inventory.releaseReservation({
      ...{ requestId: newKey(), reservationId, reason: 'sent back', returnCommitted: true },
    });
    const note = 'broken';
    await process.inventory.adjustStock({ requestId: newKey(), productId: first.id, delta: -2, reason: 3, note });
    const third = await process.create({ quantity: 1 });
    await eventually(() => expect(watched.seen).toHaveLength(10));
    expect(kinds(watched).slice(2)).toEqual([
      ...[K.STOCK_CHANGE_KIND_RESERVED, K.STOCK_CHANGE_KIND_RESERVED],
      ...[K.STOCK_CHANGE_KIND_COMMITTED, K.STOCK_CHANGE_KIND_COMMITTED],
      ...[K.STOCK_CHANGE_KIND_RETURNED, K.STOCK_CHANGE_KIND_RETURNED],
      ...[K.STOCK_CHANGE_KIND_ADJUSTED, K.STOCK_CHANGE_KIND_CREATED],
    ]);
    expect(watched.seen[6]).toMatchObject({ reservationId, note: 'sent back', quantity: 1 });
    expect(watched.seen[8]).toMatchObject({
      ...{ quantity: -2, adjustmentReason: 3, note, reservationId: '' },
      stock: { productId: first.id, availableQuantity: 3, receivedQuantity: 3 },
    });
    expect(watched.seen[9]).toMatchObject({ quantity: 1, stock: { productId: third.id } });
    expectInOrder(watched.seen);
  });

  it('tells of reservations past their end, and of those committed after it', async () => {
    const { id } = await process.create({ quantity: 1 });
    const watched = watch({ productIds: [id] });
    await eventually(() => expect(watched.seen).toHaveLength(1));
    const reservationId = newKey();
    const lines = [{ productId: id, quantity: 1 }];
    await process.inventory.reserveStock({ requestId: newKey(), reservationId, lines, ttlSeconds: 1 });
    await eventually(() => expect(watched.seen).toHaveLength(3));
    await process.inventory.commitReservation({ requestId: newKey(), reservationId });
    await eventually(() => expect(watched.seen).toHaveLength(4));
    expect(kinds(watched).slice(1)).toEqual([
      ...[K.STOCK_CHANGE_KIND_RESERVED, K.STOCK_CHANGE_KIND_EXPIRED, K.STOCK_CHANGE_KIND_COMMITTED_LATE],
    ]);
  });

  it('shows only the products asked for', async () => {
    const [wanted, other] = [await process.create({ quantity: 5 }), await process.create({ quantity: 5 })];
    const watched = watch({ productIds: [wanted.id] });
    await eventually(() => expect(watched.seen).toHaveLength(1));
    await reserve([other.id]);
    await reserve([wanted.id, other.id]);
    await eventually(() => expect(watched.seen).toHaveLength(2));
    expect(new Set(watched.seen.map(({ stock }) => stock?.productId))).toEqual(new Set([wanted.id]));
  });

  it('goes on where a stream broke off, missing nothing and repeating nothing', async () => {
    const products = await Promise.all(Array.from({ length: 4 }, () => process.create({ quantity: 100 })));
    const ids = products.map(({ id }) => id);
    const whole = watch();
    await eventually(() => expect(whole.seen).toHaveLength(4));
    const start = whole.seen[3]?.position ?? 0n;

    const pieces: WatchStockResponse[] = [];
    const buying = Promise.all(
      Array.from({ length: 100 }, (_, index) => reserve(index % 2 === 0 ? ids : [...ids].reverse())),
    );
    const total = 400;
    for (let position = start; pieces.length < total;) {
      const piece = watch({ afterPosition: position });
      const enough = Math.min(37, total - pieces.length);
      await eventually(() => expect(piece.seen.length).toBeGreaterThanOrEqual(enough));
      pieces.push(...piece.seen.slice(0, enough));
      position = pieces.at(-1)?.position ?? position;
      await piece.stop();
    }
    await buying;
    await eventually(() => expect(whole.seen).toHaveLength(4 + total));
    expect(pieces).toEqual(whole.seen.slice(4));
    expectInOrder(whole.seen);
    for (const id of ids) {
      const last = whole.seen.findLast(({ stock }) => stock?.productId === id);
      expect(last?.stock).toMatchObject({ availableQuantity: 0, reservedQuantity: 100 });
    }
  });

  it('waits for a transaction that took a position before later ones were committed', async () => {
    const { id } = await process.create({ quantity: 5 });
    const watched = watch();
    await eventually(() => expect(watched.seen).toHaveLength(1));
    let finish = () => {};
    const held = new Promise<void>((resolve) => (finish = resolve));
    let taken = () => {};
    const took = new Promise<void>((resolve) => (taken = resolve));
    const slow = process.database.transaction(async (tx) => {
      await tx.execute(
        {
          name: 'slow-change',
          text: `
          INSERT INTO stock_change (product_id, kind, quantity, available, reserved, sold, received, note)
          VALUES ($1, 'ADJUSTED', 0, 5, 0, 0, 5, 'slow')`,
        },
        [id],
      );
      taken();
      await held;
    });
    await took;
    const later = watch({ afterPosition: watched.seen[0]?.position ?? 0n });
    try {
      await reserve([id]);
      // A position that rolls back is a gap that stays.
      const rolledBack = process.database.transaction(async (tx) => {
        await tx.rows({ name: 'burn', text: `SELECT nextval('stock_change_position_seq')` });
        throw new Error('given up');
      });
      await expect(rolledBack).rejects.toThrow('given up');
      await reserve([id]);
      // Long enough for several looks at the log; nothing may pass the gap.
      await expect(
        eventually(() => expect(later.seen.length).toBeGreaterThan(0), { timeoutMs: 400 }),
      ).rejects.toThrow();
    } finally {
      finish();
      await slow;
    }
    for (const { seen } of [watched, later]) {
      await eventually(() => expect(seen.filter(({ position }) => position > 1n)).toHaveLength(3));
    }
    expect(later.seen.map(({ note }) => note)).toEqual(['slow', '', '']);
  });

  it('refuses positions that are no longer kept and positions that never were', async () => {
    const { id } = await process.create({ quantity: 5 });
    await reserve([id]);
    await process.database.execute({ name: 'trim', text: 'UPDATE stock_change_floor SET position = 2' });
    const tooOld = await failureOf(watchOnce({ afterPosition: 1n }));
    expect(tooOld).toMatchObject({ status: 'OUT_OF_RANGE', reason: 'POSITION_EXPIRED' });
    const unknown = await failureOf(watchOnce({ afterPosition: 1_000_000n }));
    expect(unknown).toMatchObject({ status: 'OUT_OF_RANGE', reason: 'POSITION_UNKNOWN' });
  });

  it("keeps each product's last change when old ones go", async () => {
    const [quiet, busy] = [await process.create({ quantity: 5 }), await process.create({ quantity: 5 })];
    await reserve([busy.id]);
    await process.database.execute({
      name: 'age',
      text: `UPDATE stock_change SET change_time = change_time - interval '1 year'`,
    });
    await process.database.execute(statements['raise-stock-change-floor'], [168]);
    expect(await process.database.execute(statements['trim-stock-changes'], [100])).toBe(1);
    const watched = watch();
    await eventually(() => expect(watched.seen).toHaveLength(2));
    expect(watched.seen.map(({ stock }) => [stock?.productId, stock?.availableQuantity])).toEqual([
      [quiet.id, 5],
      [busy.id, 4],
    ]);
  });

  it('ends with UNAVAILABLE when its server stops, and is resumed on another', async () => {
    const { id } = await process.create({ quantity: 5 });
    const streams = [watch(), watch(), watch(), watch()];
    for (const { seen } of streams) await eventually(() => expect(seen).toHaveLength(1));
    await process.stopFirst();
    const broken = await Promise.race(streams.map(({ ended }) => ended));
    expect(broken?.status).toBe('UNAVAILABLE');
    await reserve([id]);
    const resumed = watch({ afterPosition: streams[0]?.seen[0]?.position ?? 0n });
    await eventually(() => expect(resumed.seen).toHaveLength(1));
  });
});

async function watchOnce(request: { readonly afterPosition: bigint }): Promise<void> {
  for await (const _change of process.inventory.watchStock(request)) return;
}
