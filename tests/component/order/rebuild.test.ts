import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { systemClock } from '../../../src/chassis/core/index.ts';
import { createReadModels, EVENT_STORE_MIGRATIONS, type ReadModels } from '../../../src/chassis/event-store/index.ts';
import { EVENTS_MIGRATIONS } from '../../../src/chassis/events/index.ts';
import { SAGA_MIGRATIONS } from '../../../src/chassis/saga/index.ts';
import { migrate } from '../../../src/chassis/store/index.ts';
import {
  countOrder,
  talliesOf,
  tallyDifference,
  type CountedOrder,
  type Tally,
} from '../../../src/services/order/domain.ts';
import { ORDER_AGGREGATE } from '../../../src/services/order/order-aggregate.ts';
import { createOrderList } from '../../../src/services/order/read-models/order-list.ts';
import { createOrderStatistics } from '../../../src/services/order/read-models/order-statistics.ts';
import { createOrderRepository, type OrderRepository } from '../../../src/services/order/repository.ts';
import { loadOrderStatements } from '../../../src/services/order/statements.ts';
import { eventually } from '../../support/eventually.ts';
import { aCart, decisions, placed, type Fate } from '../../support/order-histories.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

const sql = (name: string, text: string) => ({ name, text });

/** How many events there are before: REBUILD_EVENTS=100000 is what the promise speaks of, and takes half a minute. */
const EVENTS = Number(process.env['REBUILD_EVENTS'] ?? 4_000);
const FATES = [
  'confirmed',
  'confirmed',
  'confirmed',
  'refused',
  'cancelled',
  'reduced',
  'too-late',
] as const satisfies readonly Fate[];
const PATIENCE_MS = 240_000;

let test: TestDatabase;
let orders: OrderRepository;
let readModels: ReadModels;
let running: Promise<void>;
const ending = new AbortController();

beforeAll(async () => {
  test = await testDatabase();
  const own = new URL('../../../src/services/order/migrations/', import.meta.url);
  await migrate({ url: test.url, directories: [SAGA_MIGRATIONS, EVENTS_MIGRATIONS, EVENT_STORE_MIGRATIONS, own] });
  const statements = loadOrderStatements();
  orders = createOrderRepository(test.database, statements);
  const models = [createOrderList(statements), createOrderStatistics(statements)];
  readModels = createReadModels({ database: test.database, models, clock: systemClock, instance: 'test' });
  await readModels.open();
  running = readModels.run(ending.signal);
}, PATIENCE_MS);
afterAll(async () => {
  ending.abort();
  await running;
  await test.close();
});

/** Orders of every kind, each commit of all of them together; how many events that is. */
async function place(count: number): Promise<number> {
  const all = Array.from({ length: count }, (_, index) => ({ cart: aCart(), fate: FATES[index % FATES.length]! }));
  let events = count;
  await test.database.transaction(async (tx) => {
    for (const { cart } of all) await orders.insert(tx, cart);
  });
  const under = all.map(({ cart, fate }) => ({ id: cart.id, commits: [...decisions(placed(cart), fate)] }));
  for (let commit = 0; under.some(({ commits }) => commits.length > commit); commit += 1) {
    const moving = under.filter(({ commits }) => commits.length > commit);
    await test.database.transaction(async (tx) => {
      const before = await orders.lockAll(
        tx,
        moving.map(({ id }) => id),
      );
      const changes = moving.map(({ id, commits }) => ({ before: before.get(id)!, events: commits[commit]!.events }));
      events += changes.reduce((sum, change) => sum + change.events.length, 0);
      await orders.save(tx, changes);
    });
    readModels.wake();
  }
  return events;
}

interface Row {
  readonly stream_id: string;
  readonly version: bigint;
  readonly data: unknown;
  readonly event_time: Date;
}

/** What folding all events gives, for the list and for the statistics. */
async function truth() {
  const text = 'SELECT stream_id, version, data, event_time FROM stream_event ORDER BY stream_id, version';
  const streams = Map.groupBy(await test.database.rows<Row>(sql('all', text)), ({ stream_id: id }) => id);
  const counted: CountedOrder[] = [];
  const list = [...streams].map(([id, rows]) => {
    let order: Parameters<typeof ORDER_AGGREGATE.evolve>[0];
    let count: CountedOrder | undefined;
    for (const { version, data, event_time: time } of rows) {
      const event = ORDER_AGGREGATE.events.fromJson(data, { version, time });
      order = ORDER_AGGREGATE.evolve(order, event, { version, time });
      count = countOrder(count, event, time);
    }
    if (count !== undefined) counted.push(count);
    return { id, body: JSON.parse(JSON.stringify(ORDER_AGGREGATE.snapshots.toJson(order!))) as unknown };
  });
  return { list, statistics: tallyDifference([], counted.flatMap(talliesOf)) };
}

const served = (name: string) =>
  `generation = (SELECT generation FROM read_model WHERE name = '${name}' AND state = 'SERVING')`;

async function listed() {
  const text = `SELECT id, body FROM listed_order WHERE ${served('orders')} ORDER BY id`;
  return test.database.rows<{ readonly id: string; readonly body: unknown }>(sql('listed', text));
}

async function statistics(): Promise<readonly Tally[]> {
  const text = `SELECT kind, key, day, currency_code, orders, pieces, nanos FROM order_statistic
    WHERE ${served('order-statistics')} AND orders <> 0`;
  const rows = await test.database.rows<
    Omit<Tally, 'currencyCode' | 'nanos'> & { currency_code: string; nanos: string }
  >(sql('statistics', text));
  return rows.map(({ currency_code: currencyCode, nanos, orders: count, pieces, ...row }) => ({
    ...{ ...row, currencyCode, nanos: BigInt(nanos), orders: Number(count), pieces: Number(pieces) },
  }));
}

const byKey = (tallies: readonly Tally[]) =>
  new Map(tallies.map((tally) => [[tally.kind, tally.day, tally.key, tally.currencyCode].join(' '), tally]));

async function expectTruth(): Promise<number> {
  for (const name of ['orders', 'order-statistics']) {
    expect(await readModels.caughtUp(name, { timeoutMs: PATIENCE_MS / 4 })).toBe(true);
  }
  const folded = await truth();
  expect(await listed()).toEqual(folded.list);
  expect(byKey(await statistics())).toEqual(byKey(folded.statistics));
  return folded.list.length;
}

describe('the read models of orders', () => {
  it(
    `are made again from ${EVENTS} events while orders are placed: nothing missing, nothing twice`,
    async () => {
      let events = 0;
      while (events < EVENTS) events += await place(Math.min(200, Math.ceil((EVENTS - events) / 15)));
      const before = await expectTruth();

      let placing = true;
      let meanwhile = 0;
      const buyers = (async () => {
        while (placing) meanwhile += await place(7);
      })();
      const figures: string[] = [];
      for (const name of ['orders', 'order-statistics']) {
        const startedAt = performance.now();
        const generation = await readModels.rebuild(name);
        await eventually(
          async () => {
            const all = (await readModels.list()).filter((one) => one.name === name);
            expect(all).toMatchObject([{ generation, state: 'SERVING' }]);
          },
          { timeoutMs: PATIENCE_MS / 4 },
        );
        figures.push(`${name} in ${Math.round(performance.now() - startedAt)} ms`);
      }
      placing = false;
      await buyers;
      expect(meanwhile).toBeGreaterThan(0);
      expect(await expectTruth()).toBeGreaterThan(before);
      process.stdout.write(`made again from ${events} events, ${meanwhile} more meanwhile: ${figures.join(', ')}\n`);
    },
    PATIENCE_MS,
  );

  it('and the snapshots are what folding all events gives', async () => {
    await place(28);
    const text = 'SELECT id, snapshot_version FROM event_stream WHERE snapshot IS NOT NULL';
    const withSnapshot = await test.database.rows<{ readonly id: string }>(sql('snapshots', text));
    expect(withSnapshot.length).toBeGreaterThan(10);
    const ids = withSnapshot.slice(0, 500).map(({ id }) => id);
    const fromSnapshots = await test.database.transaction((tx) => orders.lockAll(tx, ids));
    await test.database.execute(
      sql('drop', 'UPDATE event_stream SET (snapshot, snapshot_version, snapshot_shape) = (NULL, NULL, NULL)'),
    );
    expect(await test.database.transaction((tx) => orders.lockAll(tx, ids))).toEqual(fromSnapshots);
  });

  it(
    'are mended where their tables were dropped by hand, while orders are placed',
    async () => {
      await test.database.execute(sql('by-hand', 'DROP TABLE listed_order'));
      await test.database.execute(sql('by-hand-too', 'TRUNCATE order_statistic, counted_order'));
      const placing = place(14);
      await Promise.all(['orders', 'order-statistics'].map((name) => readModels.rebuild(name)));
      await placing;
      await eventually(
        async () => expect((await readModels.list()).map(({ state }) => state)).toEqual(['SERVING', 'SERVING']),
        { timeoutMs: PATIENCE_MS / 4 },
      );
      await expectTruth();
    },
    PATIENCE_MS,
  );
});
