import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { newId, systemClock } from '../../../src/chassis/core/index.ts';
import { createReadModels, EVENT_STORE_MIGRATIONS } from '../../../src/chassis/event-store/index.ts';
import { EVENTS_MIGRATIONS } from '../../../src/chassis/events/index.ts';
import { SAGA_MIGRATIONS } from '../../../src/chassis/saga/index.ts';
import { migrate } from '../../../src/chassis/store/index.ts';
import { parseOrderId, type OrderState } from '../../../src/services/order/domain.ts';
import { createOrderLister } from '../../../src/services/order/order-lister.ts';
import { createOrderList } from '../../../src/services/order/read-models/order-list.ts';
import { createOrderRepository } from '../../../src/services/order/repository.ts';
import { loadOrderStatements } from '../../../src/services/order/statements.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

const sql = (name: string, text: string) => ({ name, text });
const MIGRATIONS = new URL('../../../src/services/order/migrations/', import.meta.url);
const PARTS = [SAGA_MIGRATIONS, EVENTS_MIGRATIONS, EVENT_STORE_MIGRATIONS];
const statements = loadOrderStatements();

let test: TestDatabase;
let before: string;
beforeAll(async () => {
  test = await testDatabase();
  before = await mkdtemp(join(tmpdir(), 'tradewind-before-'));
  const old = join(before, 'order', 'migrations');
  await cp(fileURLToPath(new URL('0001-order.sql', MIGRATIONS)), join(old, '0001-order.sql'), { recursive: true });
  await migrate({ url: test.url, directories: [...PARTS, pathToFileURL(`${old}/`)] });
});
afterAll(async () => {
  await test.close();
  await rm(before, { recursive: true });
});

const [KETTLE, MUG] = [newId(), newId()];
const money = (units: number, cents = 0) => ({ units: String(units), nanos: cents * 10_000_000 });
const euros = (units: number, cents = 0) => ({ currencyCode: 'EUR', units: BigInt(units), nanos: cents * 10_000_000 });
const requestTime = '2026-01-02T03:04:06.000Z';

interface Old {
  readonly state: OrderState;
  readonly activeSagas?: number;
  readonly cancellation?: object;
  readonly reduction?: object;
  readonly points?: number;
  /** "STATE_CHANGED CONFIRMED reason". */
  readonly history: readonly string[];
}

/** Writes an order as it was kept before; three kettles at 39.99 and a mug at 7.50. */
async function place({ state, activeSagas = 0, cancellation, reduction, points = 0, history }: Old) {
  const [id, userId, sagaId, paymentId] = [newId(), newId(), newId(), newId()];
  const line = (productId: string, quantity: number, price: object, total: object) => ({
    ...{ productId, sku: 'S', name: 'N', quantity, unitPrice: price, lineTotal: total },
  });
  const lines = [line(KETTLE, 3, money(39, 99), money(119, 97)), line(MUG, 1, money(7, 50), money(7, 50))];
  await test.database.execute(
    sql(
      'old-order',
      `INSERT INTO placed_order (
         id, user_id, state, lines, product_ids, currency_code, total_units, total_nanos, shipping_address, payment_method_id, saga_id,
         payment_id, points_awarded, cancellation, reduction, active_sagas, last_position, confirm_time, cancel_time
       ) VALUES ($1, $2, $3, $4, $5, 'EUR', 127, 470000000, '{"recipient":"Ada","lines":["1 Main Street"],"city":"Berlin","postalCode":"1","region":"","countryCode":"DE"}',
         'method', $6, $7, $8, $9, $10, $11, $12,
         CASE WHEN $3 = 'CONFIRMED' THEN now() END, CASE WHEN $3 = 'CANCELLED' THEN now() END)`,
    ),
    [
      ...[id, userId, state, JSON.stringify(lines), [KETTLE, MUG], sagaId, paymentId, points],
      cancellation === undefined ? null : JSON.stringify(cancellation),
      reduction === undefined ? null : JSON.stringify(reduction),
      ...[activeSagas, history.length],
    ],
  );
  for (const [index, told] of history.entries()) {
    const [kind, of, reason = ''] = told.split(' ');
    const isLast = index === history.length - 1;
    await test.database.execute(
      sql(
        'old-event',
        `INSERT INTO order_event (order_id, position, kind, state, step, attempt, reason, message, settled, event_time)
         VALUES ($1, $2::bigint, $3, $4, '', 0, $5, '', $6, timestamptz '2026-01-02 03:04:05Z' + $2::bigint * interval '1 second')`,
      ),
      [id, BigInt(index + 1), kind, of, reason, isLast && activeSagas === 0],
    );
  }
  return { id: parseOrderId(id), userId, sagaId, paymentId };
}

const CONFIRMED = ['STATE_CHANGED PENDING', 'STEP_SUCCEEDED PENDING', 'STATE_CHANGED CONFIRMED'];

describe('the migration of orders to streams', () => {
  it('keeps every order as it was, with its whole history, and lists it', async () => {
    const cancellation = { reason: 'OUT_OF_STOCK', message: 'none', step: 'reserve-stock', requestTime };
    const two = { lines: [{ productId: KETTLE, quantity: 2 }], amount: money(79, 98), refunded: money(79, 98) };
    const underWay = {
      ...{ lines: [{ productId: MUG, quantity: 1 }], amount: money(7, 50), requestTime },
      ...{ reason: 'CANCELLED_BY_CUSTOMER', message: 'no' },
    };
    const pending = await place({ state: 'PENDING', activeSagas: 1, history: CONFIRMED.slice(0, 2) });
    const settled = await place({
      state: 'CONFIRMED',
      points: 127,
      history: [...CONFIRMED, 'STEP_SUCCEEDED CONFIRMED'],
    });
    const reduced = await place({
      ...{ state: 'CONFIRMED', points: 47, reduction: two },
      history: [
        ...[...CONFIRMED, 'LINES_CANCELLING CONFIRMED x', 'LINES_CANCELLED CONFIRMED x', 'STEP_SUCCEEDED CONFIRMED'],
        ...['LINES_CANCELLING CONFIRMED x', 'LINES_CANCELLED CONFIRMED x', 'STEP_SUCCEEDED CONFIRMED'],
      ],
    });
    const reducing = await place({
      ...{
        state: 'CONFIRMED',
        activeSagas: 1,
        reduction: { lines: [], amount: money(0), refunded: money(0), underWay },
      },
      history: [...CONFIRMED, 'LINES_CANCELLING CONFIRMED x'],
    });
    const cancelled = await place({
      ...{ state: 'CANCELLED', cancellation },
      history: [
        'STATE_CHANGED PENDING',
        'STATE_CHANGED CANCELLING OUT_OF_STOCK',
        'STATE_CHANGED CANCELLED OUT_OF_STOCK',
      ],
    });
    const kept = await place({
      ...{ state: 'CONFIRMED' },
      history: [...CONFIRMED, 'STATE_CHANGED CANCELLING x', 'STATE_CHANGED CONFIRMED ORDER_NOT_CANCELLABLE'],
    });
    await migrate({ url: test.url, directories: [...PARTS, MIGRATIONS] });

    const orders = createOrderRepository(test.database, statements);
    const get = async ({ id }: typeof pending) => (await orders.get(id))!;
    expect(await get(pending)).toMatchObject({
      ...{ id: pending.id, userId: pending.userId, sagaId: pending.sagaId, paymentId: pending.paymentId },
      ...{ state: 'PENDING', activeSagas: 1, lastPosition: 2n, toldOutside: 1n, total: euros(127, 47) },
      ...{ reservationId: undefined, reduction: undefined, cancellation: undefined, paymentMethodId: 'method' },
      lines: [
        { productId: KETTLE, quantity: 3, unitPrice: euros(39, 99), lineTotal: euros(119, 97) },
        { productId: MUG, quantity: 1 },
      ],
      ...{ createTime: new Date('2026-01-02T03:04:06Z'), updateTime: new Date('2026-01-02T03:04:07Z') },
    });
    expect(await get(settled)).toMatchObject({
      ...{ state: 'CONFIRMED', activeSagas: 0, pointsAwarded: 127n, toldOutside: 2n },
      confirmTime: new Date('2026-01-02T03:04:08Z'),
    });
    expect(await get(reduced)).toMatchObject({
      ...{ state: 'CONFIRMED', activeSagas: 0, pointsAwarded: 47n, toldOutside: 4n },
      reduction: { lines: two.lines, amount: euros(79, 98), refunded: euros(79, 98), underWay: undefined },
    });
    expect(await get(reducing)).toMatchObject({
      ...{ state: 'CONFIRMED', activeSagas: 1 },
      reduction: {
        ...{ lines: [], amount: euros(0), refunded: euros(0) },
        underWay: { lines: underWay.lines, amount: euros(7, 50), message: 'no', requestTime: new Date(requestTime) },
      },
    });
    expect(await get(cancelled)).toMatchObject({
      ...{ state: 'CANCELLED', toldOutside: 3n, cancelTime: new Date('2026-01-02T03:04:08Z') },
      cancellation: { ...cancellation, requestTime: new Date(requestTime) },
    });
    expect(await get(kept)).toMatchObject({ state: 'CONFIRMED', cancellation: undefined, toldOutside: 4n });
    const history = await orders.events(cancelled.id, 0n, 10);
    expect(
      history.map(({ position, kind, state, reason, settled: over }) => [position, kind, state, reason, over]),
    ).toEqual([
      [1n, 'STATE_CHANGED', 'PENDING', '', false],
      [2n, 'STATE_CHANGED', 'CANCELLING', 'OUT_OF_STOCK', false],
      [3n, 'STATE_CHANGED', 'CANCELLED', 'OUT_OF_STOCK', true],
    ]);

    const models = [createOrderList(statements)];
    const readModels = createReadModels({ database: test.database, models, clock: systemClock, instance: 'one' });
    await readModels.open();
    const ending = new AbortController();
    const running = readModels.run(ending.signal);
    expect(await readModels.caughtUp('orders', { timeoutMs: 5_000 })).toBe(true);
    ending.abort();
    await running;
    const listed = await createOrderLister(test.database, statements)({ ordering: 'create_time', limit: 10 });
    expect(listed).toHaveLength(6);
    for (const { order } of listed) expect(order).toEqual(await orders.get(order.id));
  });
});
