import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AdjustmentReason, ReservationState } from '../../../gen/tradewind/product/v1/inventory.ts';
import { ProductState } from '../../../gen/tradewind/product/v1/product.ts';
import { eventually } from '../../support/eventually.ts';
import { failureOf, startProductProcess, violatedFields, type ProductProcess } from './product-process.ts';

let process: ProductProcess;
beforeAll(async () => {
  process = await startProductProcess();
});
afterAll(async () => process[Symbol.asyncDispose]());

const newKey = () => crypto.randomUUID();
const nowhere = '0190a0a0-0000-7000-8000-000000000000';

const reserve = (productId: string, quantity = 1, given: { readonly ttlSeconds?: number } = {}) =>
  process.inventory.reserveStock({
    ...{ requestId: newKey(), reservationId: newKey(), lines: [{ productId, quantity }] },
    ...given,
  });

async function stockOf(productId: string) {
  const { stock } = await process.inventory.getStock({ productId });
  if (stock === undefined) throw new Error('no stock came back');
  expect(stock.availableQuantity + stock.reservedQuantity + stock.soldQuantity).toBe(stock.receivedQuantity);
  return [stock.availableQuantity, stock.reservedQuantity, stock.soldQuantity, stock.receivedQuantity];
}

/** As if its time had passed; the sweeper is kept away by the row lock until the transaction ends, as in life. */
const pass = (reservationId: string) =>
  process.database.execute(
    { name: 'pass', text: `UPDATE reservation SET expire_time = now() - interval '1 second' WHERE id = $1` },
    [reservationId],
  );

describe('reservations', () => {
  it('hold stock, then sell it', async () => {
    const { id } = await process.create({ quantity: 10 });
    const { reservation } = await reserve(id, 3);
    expect(reservation).toMatchObject({
      state: ReservationState.RESERVATION_STATE_HELD,
      lines: [{ productId: id, quantity: 3 }],
    });
    const ttl = (reservation?.expireTime?.getTime() ?? 0) - (reservation?.createTime?.getTime() ?? 0);
    expect(Math.round(ttl / 1000)).toBe(900);
    expect(await stockOf(id)).toEqual([7, 3, 0, 10]);
    const reservationId = reservation?.id ?? '';
    const committed = await process.inventory.commitReservation({ requestId: newKey(), reservationId });
    expect(committed.reservation?.state).toBe(ReservationState.RESERVATION_STATE_COMMITTED);
    expect(await stockOf(id)).toEqual([7, 0, 3, 10]);
    const again = await process.inventory.commitReservation({ requestId: newKey(), reservationId });
    expect(again.reservation).toEqual(committed.reservation);
    expect(await stockOf(id)).toEqual([7, 0, 3, 10]);
  });

  it('hold stock, then give it back, once', async () => {
    const { id } = await process.create({ quantity: 10 });
    const { reservation } = await reserve(id, 3);
    const reservationId = reservation?.id ?? '';
    for (let turn = 0; turn < 2; turn += 1) {
      const released = await process.inventory.releaseReservation({
        ...{ requestId: newKey(), reservationId, reason: 'changed my mind' },
      });
      expect(released.reservation).toMatchObject({
        state: ReservationState.RESERVATION_STATE_RELEASED,
        releaseReason: 'changed my mind',
      });
      expect(await stockOf(id)).toEqual([10, 0, 0, 10]);
    }
    const refused = await failureOf(process.inventory.commitReservation({ requestId: newKey(), reservationId }));
    expect(refused).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'RESERVATION_RELEASED' });
  });

  it('hold all lines or none, and name every product that is short', async () => {
    const [first, second, third] = [
      await process.create({ quantity: 1 }),
      await process.create({ quantity: 5 }),
      await process.create({ quantity: 2 }),
    ];
    const refused = await failureOf(
      process.inventory.reserveStock({
        ...{ requestId: newKey(), reservationId: newKey() },
        lines: [first, second, third].map(({ id }) => ({ productId: id, quantity: 3 })),
      }),
    );
    expect(refused).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'OUT_OF_STOCK' });
    const subjects = refused.details.flatMap((detail) =>
      detail.kind === 'preconditionFailure' ? detail.violations.map(({ subject }) => subject) : [],
    );
    expect(subjects).toEqual([first.id, third.id]);
    expect(await stockOf(second.id)).toEqual([5, 0, 0, 5]);
  });

  it('answer a repeated request with the first response, whatever became of the reservation', async () => {
    const { id } = await process.create({ quantity: 10 });
    const request = { requestId: newKey(), reservationId: newKey(), lines: [{ productId: id, quantity: 2 }] };
    const answers = await Promise.all(Array.from({ length: 20 }, () => process.inventory.reserveStock(request)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await stockOf(id)).toEqual([8, 2, 0, 10]);
    await process.inventory.releaseReservation({ requestId: newKey(), reservationId: request.reservationId });
    expect(await process.inventory.reserveStock(request)).toEqual(answers[0]);
    expect(await stockOf(id)).toEqual([10, 0, 0, 10]);
    const refused = await failureOf(process.inventory.reserveStock({ ...request, ttlSeconds: 5 }));
    expect(refused).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' });
    expect(violatedFields(refused)).toEqual(['request_id']);
  });

  it('refuse an id that another command used', async () => {
    const { id } = await process.create({ quantity: 10 });
    const { reservation } = await reserve(id);
    const refused = await failureOf(
      process.inventory.reserveStock({
        ...{ requestId: newKey(), reservationId: reservation?.id ?? '', lines: [{ productId: id, quantity: 1 }] },
      }),
    );
    expect(refused).toMatchObject({ status: 'ALREADY_EXISTS', reason: 'RESERVATION_ID_TAKEN' });
  });

  it('refuse to be made after their release', async () => {
    const { id } = await process.create({ quantity: 10 });
    const reservationId = newKey();
    const released = await process.inventory.releaseReservation({ requestId: newKey(), reservationId, reason: 'undo' });
    expect(released.reservation).toMatchObject({
      ...{ id: reservationId, state: ReservationState.RESERVATION_STATE_RELEASED, lines: [], releaseReason: 'undo' },
    });
    expect((await process.inventory.getReservation({ reservationId })).reservation).toEqual(released.reservation);
    const late = { requestId: newKey(), reservationId, lines: [{ productId: id, quantity: 1 }] };
    for (let turn = 0; turn < 2; turn += 1) {
      const refused = await failureOf(process.inventory.reserveStock(late));
      expect(refused).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'RESERVATION_TOMBSTONED' });
    }
    expect(await stockOf(id)).toEqual([10, 0, 0, 10]);
  });

  it('end released when make and release race', async () => {
    const { id } = await process.create({ quantity: 50 });
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const reservationId = newKey();
        const lines = [{ productId: id, quantity: 1 }];
        const [made] = await Promise.allSettled([
          process.inventory.reserveStock({ requestId: newKey(), reservationId, lines }),
          process.inventory.releaseReservation({ requestId: newKey(), reservationId }),
        ]);
        if (made.status === 'rejected') expect(made.reason).toMatchObject({ reason: 'RESERVATION_TOMBSTONED' });
        const { reservation } = await process.inventory.getReservation({ reservationId });
        expect(reservation?.state).toBe(ReservationState.RESERVATION_STATE_RELEASED);
      }),
    );
    expect(await stockOf(id)).toEqual([50, 0, 0, 50]);
  });

  it('are not released once committed, but returned when that is asked for', async () => {
    const { id } = await process.create({ quantity: 4 });
    const { reservation } = await reserve(id, 4);
    const reservationId = reservation?.id ?? '';
    await process.inventory.commitReservation({ requestId: newKey(), reservationId });
    const refused = await failureOf(process.inventory.releaseReservation({ requestId: newKey(), reservationId }));
    expect(refused).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'RESERVATION_COMMITTED' });
    await process.inventory.releaseReservation({ requestId: newKey(), reservationId, returnCommitted: true });
    expect(await stockOf(id)).toEqual([4, 0, 0, 4]);
    await process.inventory.releaseReservation({ requestId: newKey(), reservationId, returnCommitted: true });
    expect(await stockOf(id)).toEqual([4, 0, 0, 4]);
  });

  it('refuse what is no longer sold, the same product twice, and what never was', async () => {
    const { id } = await process.create({ quantity: 4 });
    const state = ProductState.PRODUCT_STATE_DISCONTINUED;
    const { reservation } = await reserve(id);
    await process.products.updateProduct({ product: { id, state } });
    expect(await failureOf(reserve(id))).toMatchObject({
      ...{ status: 'FAILED_PRECONDITION', reason: 'PRODUCT_DISCONTINUED' },
    });
    const lines = [id, nowhere, id.toUpperCase()].map((productId) => ({ productId, quantity: 1 }));
    const twice = await failureOf(
      process.inventory.reserveStock({ requestId: newKey(), reservationId: newKey(), lines }),
    );
    expect(twice).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'DUPLICATE_PRODUCT' });
    expect(violatedFields(twice)).toEqual(['lines[2].product_id']);
    expect(await failureOf(reserve(nowhere))).toMatchObject({ status: 'NOT_FOUND', reason: 'PRODUCT_NOT_FOUND' });
    await process.products.deleteProduct({ productId: id });
    const kept = { requestId: newKey(), reservationId: reservation?.id ?? '' };
    const { reservation: sold } = await process.inventory.commitReservation(kept);
    expect(sold?.state).toBe(ReservationState.RESERVATION_STATE_COMMITTED);
  });

  it('give their stock back at their end', async () => {
    const { id } = await process.create({ quantity: 2 });
    const { reservation } = await reserve(id, 2, { ttlSeconds: 1 });
    expect(await stockOf(id)).toEqual([0, 2, 0, 2]);
    await eventually(async () => expect(await stockOf(id)).toEqual([2, 0, 0, 2]));
    const { reservation: expired } = await process.inventory.getReservation({ reservationId: reservation?.id ?? '' });
    expect(expired?.state).toBe(ReservationState.RESERVATION_STATE_EXPIRED);
    const reservationId = reservation?.id ?? '';
    const released = await process.inventory.releaseReservation({ requestId: newKey(), reservationId });
    expect(released.reservation?.state).toBe(ReservationState.RESERVATION_STATE_EXPIRED);
  });

  it('are committed after their end while everything is still there, and else refused until it is', async () => {
    const { id } = await process.create({ quantity: 2 });
    const { reservation } = await reserve(id, 2);
    const reservationId = reservation?.id ?? '';
    await pass(reservationId);
    await eventually(async () => expect(await stockOf(id)).toEqual([2, 0, 0, 2]));
    const { reservation: other } = await reserve(id, 1);
    const requestId = newKey();
    const refused = await failureOf(process.inventory.commitReservation({ requestId, reservationId }));
    expect(refused).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'RESERVATION_EXPIRED' });
    expect(await stockOf(id)).toEqual([1, 1, 0, 2]);
    await process.inventory.releaseReservation({ requestId: newKey(), reservationId: other?.id ?? '' });
    const committed = await process.inventory.commitReservation({ requestId, reservationId });
    expect(committed.reservation?.state).toBe(ReservationState.RESERVATION_STATE_COMMITTED);
    expect(await stockOf(id)).toEqual([0, 0, 2, 2]);
  });
});

describe('adjustments', () => {
  const adjust = (productId: string, delta: number, given: { readonly requestId?: string } = {}) =>
    process.inventory.adjustStock({
      ...{ requestId: newKey(), productId, delta, reason: AdjustmentReason.ADJUSTMENT_REASON_COUNT, note: 'counted' },
      ...given,
    });

  it('add and take, exactly once for each request', async () => {
    const { id } = await process.create({ quantity: 5 });
    const requestId = newKey();
    const answers = await Promise.all(Array.from({ length: 20 }, () => adjust(id, 7, { requestId })));
    expect(new Set(answers.map(({ stock }) => stock?.availableQuantity))).toEqual(new Set([12]));
    expect(await failureOf(adjust(id, 8, { requestId }))).toMatchObject({ reason: 'REQUEST_ID_REUSED' });
    await adjust(id, -2);
    await adjust(id, 0);
    expect(await stockOf(id)).toEqual([10, 0, 0, 10]);
  });

  it('cannot take what is reserved, nor pass the limit', async () => {
    const { id } = await process.create({ quantity: 5 });
    await reserve(id, 4);
    const refused = await failureOf(adjust(id, -2));
    expect(refused).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'OUT_OF_STOCK' });
    await adjust(id, -1);
    await process.database.execute(
      {
        name: 'fill',
        text: 'UPDATE stock SET available = available + 999999000, received = received + 999999000 WHERE product_id = $1',
      },
      [id],
    );
    expect(await failureOf(adjust(id, 1_000))).toMatchObject({
      ...{ status: 'FAILED_PRECONDITION', reason: 'STOCK_LIMIT_EXCEEDED' },
    });
    await adjust(id, 996);
    expect((await stockOf(id))[3]).toBe(1_000_000_000);
  });

  it('are refused for a product that is not there', async () => {
    expect(await failureOf(adjust(nowhere, 1))).toMatchObject({ status: 'NOT_FOUND', reason: 'PRODUCT_NOT_FOUND' });
  });
});

describe('InventoryService, given bad input', () => {
  it.each<[string, (process: ProductProcess) => Promise<unknown>, readonly string[]]>([
    ['GetStock', (p) => p.inventory.getStock({ productId: 'x' }), ['product_id']],
    [
      'AdjustStock',
      (p) => p.inventory.adjustStock({ delta: 1_000_001, note: 'x'.repeat(501) }),
      ['request_id', 'product_id', 'delta', 'reason', 'note'],
    ],
    [
      'AdjustStock, U+0000',
      (p) => p.inventory.adjustStock({ requestId: 'a\0', productId: nowhere, delta: 1, reason: 1, note: '\0' }),
      ['request_id', 'note'],
    ],
    [
      'ReserveStock',
      (p) =>
        p.inventory.reserveStock({
          ...{ requestId: 'x'.repeat(129), reservationId: 'x', ttlSeconds: -1 },
          lines: [
            { productId: 'x', quantity: 0 },
            { productId: nowhere, quantity: 1_001 },
          ],
        }),
      ['request_id', 'reservation_id', 'ttl_seconds', 'lines[0].product_id', 'lines[0].quantity', 'lines[1].quantity'],
    ],
    ['ReserveStock, no line', (p) => p.inventory.reserveStock({ requestId: 'a', reservationId: nowhere }), ['lines']],
    ['CommitReservation', (p) => p.inventory.commitReservation({}), ['request_id', 'reservation_id']],
    [
      'ReleaseReservation',
      (p) => p.inventory.releaseReservation({ reason: 'x'.repeat(501) }),
      ['request_id', 'reservation_id', 'reason'],
    ],
    ['GetReservation', (p) => p.inventory.getReservation({}), ['reservation_id']],
    [
      'WatchStock',
      async (p) => {
        for await (const _change of p.inventory.watchStock({ productIds: ['x'], afterPosition: -1n })) break;
      },
      ['product_ids[0]', 'after_position'],
    ],
  ])('names every wrong field of %s', async (_rpc, call, fields) => {
    const refused = await failureOf(call(process));
    expect(refused.status).toBe('INVALID_ARGUMENT');
    expect([...violatedFields(refused)].sort()).toEqual([...fields].sort());
  });

  it('answers NOT_FOUND for what never was', async () => {
    const requestId = newKey();
    const calls = [
      process.inventory.getReservation({ reservationId: nowhere }),
      process.inventory.commitReservation({ requestId, reservationId: nowhere }),
    ];
    for (const refused of await Promise.all(calls.map(failureOf))) {
      expect(refused).toMatchObject({ status: 'NOT_FOUND', reason: 'RESERVATION_NOT_FOUND' });
    }
    expect(await failureOf(process.inventory.getStock({ productId: nowhere }))).toMatchObject({ status: 'NOT_FOUND' });
  });
});
