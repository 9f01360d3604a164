import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ReservationState } from '../../../gen/tradewind/product/v1/inventory.ts';
import { failureOf, startProductProcess, type ProductProcess } from './product-process.ts';

let process: ProductProcess;
beforeAll(async () => {
  process = await startProductProcess({ replicas: 2 });
});
afterAll(async () => process[Symbol.asyncDispose]());

const newKey = () => crypto.randomUUID();

/** Available, reserved, sold, received. */
async function stockOf(productId: string) {
  const { stock } = await process.inventory.getStock({ productId });
  return [stock?.availableQuantity, stock?.reservedQuantity, stock?.soldQuantity, stock?.receivedQuantity];
}

/** Two products of ten pieces, three and two of them sold together. */
async function sold() {
  const [one, two] = [await process.create({ quantity: 10 }), await process.create({ quantity: 10 })];
  const reservationId = newKey();
  const lines = [
    { productId: one.id, quantity: 3 },
    { productId: two.id, quantity: 2 },
  ];
  await process.inventory.reserveStock({ requestId: newKey(), reservationId, lines });
  await process.inventory.commitReservation({ requestId: newKey(), reservationId });
  return { reservationId, one: one.id, two: two.id };
}

const giveBack = (reservationId: string, lines: readonly (readonly [string, number])[], requestId = newKey()) =>
  process.inventory.returnStock({
    ...{ requestId, reservationId, reason: 'not wanted' },
    lines: lines.map(([productId, quantity]) => ({ productId, quantity })),
  });

describe('returnStock', () => {
  it('makes pieces available again and leaves the others sold', async () => {
    const { reservationId, one, two } = await sold();
    const { reservation } = await giveBack(reservationId, [[one, 2]]);
    expect(reservation).toMatchObject({
      state: ReservationState.RESERVATION_STATE_COMMITTED,
      lines: [
        { productId: one, quantity: 1 },
        { productId: two, quantity: 2 },
      ],
    });
    expect(await stockOf(one)).toEqual([9, 0, 1, 10]);
    expect(await stockOf(two)).toEqual([8, 0, 2, 10]);
    const changes = await process.database.rows<{ kind: string; quantity: number; note: string }>(
      {
        name: 'changes',
        text: 'SELECT kind, quantity, note FROM stock_change WHERE product_id = $1 ORDER BY position',
      },
      [one],
    );
    expect(changes.at(-1)).toEqual({ kind: 'RETURNED', quantity: 2, note: 'not wanted' });
  });

  it('drops a line of which nothing is left, and releases the reservation with its last piece', async () => {
    const { reservationId, one, two } = await sold();
    const first = await giveBack(reservationId, [[two, 2]]);
    expect(first.reservation?.lines).toEqual([{ productId: one, quantity: 3 }]);
    const last = await giveBack(reservationId, [[one, 3]]);
    expect(last.reservation).toMatchObject({
      state: ReservationState.RESERVATION_STATE_RELEASED,
      releaseReason: 'not wanted',
    });
    expect([await stockOf(one), await stockOf(two)]).toEqual([
      [10, 0, 0, 10],
      [10, 0, 0, 10],
    ]);
    expect(await failureOf(giveBack(reservationId, [[one, 1]]))).toMatchObject({ reason: 'RESERVATION_RELEASED' });
  });

  it('leaves to a release what was not returned', async () => {
    const { reservationId, one, two } = await sold();
    await giveBack(reservationId, [
      [one, 1],
      [two, 2],
    ]);
    const release = { requestId: newKey(), reservationId, reason: '', returnCommitted: true };
    await process.inventory.releaseReservation(release);
    expect([await stockOf(one), await stockOf(two)]).toEqual([
      [10, 0, 0, 10],
      [10, 0, 0, 10],
    ]);
  });

  it('happens once for one request_id, with one answer, and refuses another body under it', async () => {
    const { reservationId, one } = await sold();
    const requestId = newKey();
    const answers = await Promise.all(Array.from({ length: 8 }, () => giveBack(reservationId, [[one, 1]], requestId)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await stockOf(one)).toEqual([8, 0, 2, 10]);
    expect(await failureOf(giveBack(reservationId, [[one, 2]], requestId))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
    });
  });

  it('never gives back more than was sold, however many ask at once', async () => {
    const { reservationId, one, two } = await sold();
    const outcomes = await Promise.allSettled(
      Array.from(
        { length: 8 },
        (_unused, index) =>
        giveBack(reservationId, index % 2 === 0 ? [[one, 1], [two, 1]] : [[two, 1], [one, 1]]), // prettier-ignore
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ reason: 'RETURN_EXCEEDS_RESERVATION' });
    }
    expect([await stockOf(one), await stockOf(two)]).toEqual([
      [9, 0, 1, 10],
      [10, 0, 0, 10],
    ]);
  });

  it('refuses what is not sold, and names every product of which less is left', async () => {
    const { reservationId, one, two } = await sold();
    const refused = await failureOf(
      giveBack(reservationId, [
        [one, 4],
        [two, 3],
      ]),
    );
    expect(refused).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'RETURN_EXCEEDS_RESERVATION' });
    expect(refused.details).toMatchObject([{ violations: [{ subject: one }, { subject: two }] }]);
    expect(await stockOf(one)).toEqual([7, 0, 3, 10]);

    const held = newKey();
    const lines = [{ productId: one, quantity: 1 }];
    await process.inventory.reserveStock({ requestId: newKey(), reservationId: held, lines });
    expect(await failureOf(giveBack(held, [[one, 1]]))).toMatchObject({ reason: 'RESERVATION_NOT_COMMITTED' });
    expect(await failureOf(giveBack(newKey(), [[one, 1]]))).toMatchObject({ reason: 'RESERVATION_NOT_FOUND' });
    const twice = giveBack(reservationId, [[one, 1], [one, 1]]); // prettier-ignore
    expect(await failureOf(twice)).toMatchObject({ reason: 'DUPLICATE_PRODUCT' });
  });
});
