import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { AppError } from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { failureOf, startProductProcess, type ProductProcess } from './product-process.ts';

let process: ProductProcess;
beforeAll(async () => {
  process = await startProductProcess({ replicas: 2 });
});
afterAll(async () => process[Symbol.asyncDispose]());

const UNITS = 20;
const BUYERS = 200;
const newKey = () => crypto.randomUUID();

/** Says of each buyer whether it got everything; anything but "out of stock" fails the test. */
async function buy(baskets: readonly (readonly string[])[], repeats = 1): Promise<readonly string[]> {
  const bought: string[] = [];
  await Promise.all(
    baskets.map(async (productIds) => {
      const request = {
        ...{ requestId: newKey(), reservationId: newKey() },
        lines: productIds.map((productId) => ({ productId, quantity: 1 })),
      };
      const answers = await Promise.allSettled(
        Array.from({ length: repeats }, () => process.inventory.reserveStock(request)),
      );
      for (const answer of answers) {
        if (answer.status === 'rejected') expect((answer.reason as AppError).reason).toBe('OUT_OF_STOCK');
      }
      if (answers.some(({ status }) => status === 'rejected')) return;
      await process.inventory.commitReservation({ requestId: newKey(), reservationId: request.reservationId });
      bought.push(request.reservationId);
    }),
  );
  return bought;
}

async function expectAllSold(productId: string): Promise<void> {
  const { stock } = await process.inventory.getStock({ productId });
  expect(stock).toMatchObject({
    ...{ availableQuantity: 0, reservedQuantity: 0, soldQuantity: UNITS, receivedQuantity: UNITS },
  });
}

async function deadlocks(): Promise<bigint> {
  const row = await process.database.one<{ readonly deadlocks: bigint }>({
    name: 'deadlocks',
    text: 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  });
  return row?.deadlocks ?? 0n;
}

describe('racing buyers', () => {
  it(`of ${BUYERS} that want one of ${UNITS}, exactly ${UNITS} get it`, async () => {
    const { id } = await process.create({ quantity: UNITS });
    const bought = await buy(Array.from({ length: BUYERS }, () => [id]));
    expect(bought).toHaveLength(UNITS);
    await expectAllSold(id);
  });

  it('with two products in both orders sell exactly what there is, without a deadlock', async () => {
    const [first, second] = [await process.create({ quantity: UNITS }), await process.create({ quantity: UNITS })];
    const baskets = Array.from({ length: BUYERS }, (_, index) =>
      index % 2 === 0 ? [first.id, second.id] : [second.id, first.id],
    );
    expect(await buy(baskets)).toHaveLength(UNITS);
    await expectAllSold(first.id);
    await expectAllSold(second.id);
    expect(await deadlocks()).toBe(0n);
  });

  it('that repeat their request on both replicas get their stock once', async () => {
    const { id } = await process.create({ quantity: UNITS });
    expect(
      await buy(
        Array.from({ length: UNITS }, () => [id]),
        5,
      ),
    ).toHaveLength(UNITS);
    await expectAllSold(id);
  });

  it('that buy, change their mind, run out of time and restock keep every product adding up', async () => {
    const products = await Promise.all(Array.from({ length: 6 }, () => process.create({ quantity: UNITS })));
    const ids = products.map(({ id }) => id);
    const turns = Array.from({ length: 150 }, async (_, index) => {
      const reservationId = newKey();
      const lines = [0, 1, 2].map((step) => ({ productId: ids[(index * 5 + step * 2 + 1) % 6] ?? '', quantity: 1 }));
      const distinct = [...new Map(lines.map((line) => [line.productId, line])).values()];
      const ttlSeconds = index % 5 === 0 ? 1 : 60;
      try {
        await process.inventory.reserveStock({ requestId: newKey(), reservationId, lines: distinct, ttlSeconds });
      } catch (error) {
        expect((error as AppError).reason).toBe('OUT_OF_STOCK');
        const productId = ids[index % 6] ?? '';
        await process.inventory.adjustStock({ requestId: newKey(), productId, delta: 3, reason: 1 });
        return;
      }
      if (index % 3 === 0) await process.inventory.releaseReservation({ requestId: newKey(), reservationId });
      else if (index % 5 !== 0) await process.inventory.commitReservation({ requestId: newKey(), reservationId });
    });
    await Promise.all(turns);
    await eventually(async () => {
      const held = await process.database.one<{ readonly count: bigint }>({
        name: 'short-holds',
        text: `SELECT count(*) AS count FROM reservation WHERE state = 'HELD' AND expire_time < now() + interval '5 s'`,
      });
      expect(held?.count).toBe(0n);
    });
    const wrong = await process.database.rows({
      name: 'wrong-stock',
      text: `
        SELECT s.product_id
        FROM stock AS s
        CROSS JOIN LATERAL (
          SELECT
            coalesce(sum(quantity) FILTER (WHERE r.state = 'HELD'), 0) AS held,
            coalesce(sum(quantity) FILTER (WHERE r.state = 'COMMITTED'), 0) AS sold
          FROM reservation AS r, unnest(r.product_ids, r.quantities) AS line (product_id, quantity)
          WHERE line.product_id = s.product_id
        ) AS truth
        WHERE s.reserved <> truth.held OR s.sold <> truth.sold`,
    });
    expect(wrong).toEqual([]);
    expect(await deadlocks()).toBe(0n);
  });
});

describe('a buyer', () => {
  it('gets the stock of a reservation past its end before anybody has swept it', async () => {
    await using unswept = await startProductProcess({ environment: { RESERVATION_SWEEP_MS: '60000' } });
    const { id } = await unswept.create({ quantity: 1 });
    const lines = [{ productId: id, quantity: 1 }];
    const take = (ttlSeconds: number) =>
      unswept.inventory.reserveStock({ requestId: newKey(), reservationId: newKey(), lines, ttlSeconds });
    const { reservation } = await take(1);
    await eventually(() => take(60), { intervalMs: 50 });
    const { stock } = await unswept.inventory.getStock({ productId: id });
    expect(stock).toMatchObject({ availableQuantity: 0, reservedQuantity: 1 });
    const reservationId = reservation?.id ?? '';
    const refused = await failureOf(unswept.inventory.commitReservation({ requestId: newKey(), reservationId }));
    expect(refused.reason).toBe('RESERVATION_EXPIRED');
  });

  it('commits late what nobody has swept yet', async () => {
    await using unswept = await startProductProcess({ environment: { RESERVATION_SWEEP_MS: '60000' } });
    const { id } = await unswept.create({ quantity: 1 });
    const reservationId = newKey();
    const lines = [{ productId: id, quantity: 1 }];
    await unswept.inventory.reserveStock({ requestId: newKey(), reservationId, lines });
    await unswept.database.execute({ name: 'pass', text: `UPDATE reservation SET expire_time = now()` });
    await unswept.inventory.commitReservation({ requestId: newKey(), reservationId });
    const changes = await unswept.database.rows<{ readonly kind: string }>({
      name: 'changes',
      text: 'SELECT kind FROM stock_change ORDER BY position',
    });
    expect(changes.map(({ kind }) => kind)).toEqual(['CREATED', 'RESERVED', 'EXPIRED', 'COMMITTED_LATE']);
  });
});
