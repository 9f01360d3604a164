import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createDeferred, systemClock } from '../../../src/chassis/core/index.ts';
import {
  appendEvents,
  createEventDays,
  createOutboxTail,
  EVENTS_MIGRATIONS,
  readEvents,
  RETENTION_DEFAULTS,
} from '../../../src/chassis/events/index.ts';
import { migrate, type Database } from '../../../src/chassis/store/index.ts';
import { eventually } from '../../support/eventually.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { eventSource } from '../../support/events/event-publisher.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

const sql = (name: string, text: string) => ({ name, text });

let test: TestDatabase;
beforeEach(async () => {
  test = await testDatabase();
});
afterEach(() => test.close());

const days = () => createEventDays({ database: test.database, clock: systemClock, retention: RETENTION_DEFAULTS });
const read = () => readEvents(test.database, { after: 0n, limit: 1_000, clock: systemClock });
const all = () => test.database.rows<{ position: bigint }>(sql('all', 'SELECT * FROM outbox ORDER BY position'));

/** An event of some days ago, as it would have been written then. */
const writeOld = (daysAgo: number, id: string, sequence = 1) =>
  test.database.execute(
    sql(
      'write-old',
      `INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload, event_time)
       VALUES (gen_random_uuid(), 'thing', $2, $3, 'thing.moved', '{}', clock_timestamp() - make_interval(days => $1))`,
    ),
    [daysAgo, id, sequence],
  );

/** Rows by partition, of those that have any. */
async function rowsBy(log: string): Promise<Record<string, number>> {
  const rows = await test.database.rows<{ part: string; n: number }>(
    sql(`rows-${log}`, `SELECT tableoid::regclass::text AS part, count(*)::integer AS n FROM ${log} GROUP BY 1`),
  );
  return Object.fromEntries(rows.map(({ part, n }) => [part, n]));
}

async function partitions(log: string): Promise<readonly string[]> {
  const rows = await test.database.rows<{ name: string }>(
    sql(
      'partitions',
      'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::text::regclass ORDER BY 1',
    ),
    [log],
  );
  return rows.map(({ name }) => name);
}

const dayName = (log: string, ahead: number) =>
  `${log}_${new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')}`;

const floor = async () =>
  (await test.database.one<{ position: bigint }>(sql('floor', 'SELECT position FROM outbox_floor')))?.position;

describe('createEventDays', () => {
  beforeEach(() => migrate({ url: test.url, directories: [EVENTS_MIGRATIONS] }));

  it('makes today and two days ahead, once, whichever replicas ask', async () => {
    await Promise.all([days().keep(), days().keep(), days().keep()]);
    await days().keep();
    for (const log of ['outbox', 'inbox']) {
      expect(await partitions(log)).toEqual([dayName(log, 0), dayName(log, 1), dayName(log, 2), `${log}_default`]);
    }
  });

  it('drops days that are over for longer than they are kept, and says from where on events are', async () => {
    for (const ago of [9, 8, 3]) await writeOld(ago, `old-${ago}`);
    await test.database.execute(sql('today', `SELECT open_event_day('outbox', current_date - 3)`));
    await test.database.execute(sql('past', `SELECT open_event_day('outbox', current_date - 9)`));
    await days().keep();
    expect((await read()).map(({ aggregateId }) => aggregateId)).toEqual(['old-3']);
    expect(await floor()).toBe(2n);
    expect(await partitions('outbox')).not.toContain(dayName('outbox', -9));
  });

  it('tells whoever stood before the floor that events are missing', async () => {
    const write = eventSource();
    for (const ago of [10, 9, 8]) await writeOld(ago, `old-${ago}`);
    await days().keep();
    await test.database.transaction((tx) => appendEvents(tx, [write('a')]));
    const tail = createOutboxTail({ database: test.database, clock: systemClock });
    const stop = new AbortController();
    const running = tail.run(stop.signal);
    const options = { timeoutMs: 1_000, signal: stop.signal };
    await expect(tail.next(1n, options)).rejects.toMatchObject({ status: 'OUT_OF_RANGE', reason: 'POSITION_EXPIRED' });
    await tail.next(4n, { timeoutMs: 50, signal: stop.signal });
    expect((await tail.next(3n, options)).events.map(({ position }) => position)).toEqual([4n]);
    stop.abort();
    await running;
  });

  /** A tail that follows nobody any more reads nothing, and forgets what it has read. */
  async function rests(): Promise<void> {
    let reads = 0;
    const stop = test.database.events.on('statementStarted', ({ name }) => (reads += name === 'read-events' ? 1 : 0));
    let before = -1;
    const isResting = () => {
      const isSo = reads === before;
      before = reads;
      expect(isSo).toBe(true);
    };
    await eventually(isResting, { intervalMs: 200 });
    stop();
  }

  it('tells so too where nobody has followed the log since before it was dropped', async () => {
    const tail = createOutboxTail({ database: test.database, clock: fastClock(20) });
    const stop = new AbortController();
    const running = tail.run(stop.signal);
    const options = { timeoutMs: 20_000, signal: stop.signal };
    await tail.next(0n, { timeoutMs: 1_000, signal: stop.signal }); // it has begun with the first event
    await rests();
    for (const ago of [10, 9, 8, 3]) await writeOld(ago, `old-${ago}`);
    await days().keep();
    await expect(tail.next(1n, options)).rejects.toMatchObject({ reason: 'POSITION_EXPIRED' });
    expect((await tail.next(3n, options)).events.map(({ position }) => position)).toEqual([4n]);
    stop.abort();
    await running;
  });

  it('tells so too where it could not look the first time', async () => {
    let isAway = false;
    const database: Database = {
      ...test.database,
      async one(statement, parameters) {
        if (isAway && statement.name === 'log-ends') throw new Error('the database is away');
        return test.database.one(statement, parameters);
      },
    };
    const tail = createOutboxTail({ database, clock: fastClock(20) });
    const stop = new AbortController();
    const options = { timeoutMs: 20_000, signal: stop.signal };
    const failing = tail.run(stop.signal).catch((error: unknown) => error);
    await tail.next(0n, { timeoutMs: 1_000, signal: stop.signal });
    await rests();
    for (const ago of [10, 9, 8, 3]) await writeOld(ago, `old-${ago}`);
    await days().keep();
    isAway = true;
    await expect(tail.next(1n, options)).rejects.toThrow('the database is away');
    expect(await failing).toBeInstanceOf(Error);
    isAway = false;
    const running = tail.run(stop.signal);
    await expect(tail.next(1n, options)).rejects.toMatchObject({ reason: 'POSITION_EXPIRED' });
    stop.abort();
    await running;
  });

  it('moves what the default partition has caught into its day, while others write', async () => {
    await writeOld(2, 'late');
    const write = eventSource();
    const writing = Array.from({ length: 20 }, async () => {
      await test.database.transaction((tx) => appendEvents(tx, [write('a'), write('b')]));
    });
    await Promise.all([...writing, days().keep()]);
    expect(await rowsBy('outbox')).toEqual({ [dayName('outbox', -2)]: 1, [dayName('outbox', 0)]: 40 });
    expect((await read()).length).toBe(41);
  });

  it('leaves everything as it was where a reader holds the tables, and is done by the next look', async () => {
    await writeOld(2, 'late');
    const hold = createDeferred();
    const reading = createDeferred();
    const reader = test.database.transaction(async (tx) => {
      await tx.rows(sql('hold', 'SELECT position FROM outbox'));
      reading.resolve();
      await hold.promise;
    });
    await reading.promise;
    await expect(days().keep()).rejects.toMatchObject({ status: 'ABORTED', reason: 'LOCK_TIMEOUT' });
    expect(await rowsBy('outbox')).toEqual({ outbox_default: 1 });
    hold.resolve();
    await reader;
    await days().keep();
    expect(await rowsBy('outbox')).toEqual({ [dayName('outbox', -2)]: 1 });
  });

  it('has statements find events by index in every partition, however they were planned', async () => {
    await days().keep();
    const plan = async (text: string) =>
      (await test.database.rows<{ 'QUERY PLAN': string }>(sql('explain', `EXPLAIN ${text}`))).map(
        (row) => row['QUERY PLAN'],
      );
    const lines = [
      ...(await plan('SELECT position FROM outbox WHERE position > 5 AND position <= 900 ORDER BY position LIMIT 10')),
      ...(await plan('SELECT position FROM outbox ORDER BY position DESC LIMIT 1')),
      ...(await plan(`UPDATE outbox SET payload = '{}' WHERE aggregate_type = 'user' AND aggregate_id = 'x'`)),
    ];
    expect(lines.filter((line) => line.includes('Index')).length).toBeGreaterThanOrEqual(12);
    expect(lines.filter((line) => line.includes('Seq Scan'))).toEqual([]);
  });
});

describe('the migration to days', () => {
  /** The migrations as they were before. */
  async function olderMigrations(): Promise<{ readonly url: URL; readonly root: string }> {
    const root = await mkdtemp(join(tmpdir(), 'events-'));
    const folder = join(root, 'events', 'migrations');
    await mkdir(folder, { recursive: true });
    const from = fileURLToPath(EVENTS_MIGRATIONS);
    const older = (await readdir(from)).filter((name) => name < '0004');
    for (const name of older) await cp(join(from, name), join(folder, name));
    return { url: pathToFileURL(`${folder}/`), root };
  }

  it('takes every event and every inbox row along, each into its day, and goes on counting', async () => {
    const { url, root } = await olderMigrations();
    try {
      await migrate({ url: test.url, directories: [url] });
      for (const [ago, id] of [
        [3, 'a'],
        [3, 'b'],
        [0, 'c'],
      ] as const)
        await writeOld(ago, id);
      await test.database.execute(sql('gap', `DELETE FROM outbox WHERE aggregate_id = 'b'`));
      await test.database.execute(
        sql(
          'note',
          `INSERT INTO inbox (consumer, event_id, event_time) SELECT 'mailer', event_id, event_time FROM outbox`,
        ),
      );
      const before = await all();
      await migrate({ url: test.url, directories: [EVENTS_MIGRATIONS] });
      expect(before).toHaveLength(2);
      expect(await all()).toEqual(before);
      expect(await rowsBy('outbox')).toEqual({ [dayName('outbox', -3)]: 1, [dayName('outbox', 0)]: 1 });
      expect(await rowsBy('inbox')).toEqual({ [dayName('inbox', -3)]: 1, [dayName('inbox', 0)]: 1 });
      await writeOld(0, 'd');
      expect((await all()).map(({ position }) => position)).toEqual([1n, 3n, 4n]);
      await expect(writeOld(0, 'd')).rejects.toThrow(/aggregate_sequence_key/);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});
