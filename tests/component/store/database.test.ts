import { createServer, type AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Secret } from '../../../src/chassis/config/index.ts';
import { AppError, backgroundCall, runInCall, systemClock } from '../../../src/chassis/core/index.ts';
import {
  createDatabase,
  uniqueViolation,
  type DatabaseEvents,
  type Queryable,
  type Statement,
} from '../../../src/chassis/store/index.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

const sql = (name: string, text: string): Statement => ({ name, text });
const SLEEP = sql('sleep', 'SELECT pg_sleep(30)');
const RUNNING = sql(
  'running',
  `SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'`,
);

describe('createDatabase', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
    await test.database.execute(
      sql('create', 'CREATE TABLE thing (id int PRIMARY KEY, name text CONSTRAINT thing_name UNIQUE)'),
    );
  });
  afterAll(() => test.close());

  const running = async () => (await test.database.one<{ count: bigint }>(RUNNING))?.count;
  const smallDatabase = (options: Partial<Parameters<typeof createDatabase>[0]> = {}) =>
    createDatabase({ url: test.url, applicationName: 'small', maxConnections: 1, ...options });

  it('reads int8 as bigint, timestamptz as Date, numeric and date as text', async () => {
    const row = await test.database.one(
      sql(
        'values',
        `SELECT 9007199254740993::int8 AS int8, ARRAY[1, NULL]::int8[] AS int8s, '2024-02-29T12:00:00.5Z'::timestamptz AS time,
                1.10::numeric AS price, '2024-02-29'::date AS day, '\\x00ff'::bytea AS bytes, '{"a":1}'::jsonb AS json`,
      ),
    );
    expect(row).toEqual({
      int8: 9007199254740993n,
      int8s: [1n, null],
      time: new Date('2024-02-29T12:00:00.500Z'),
      price: '1.10',
      day: '2024-02-29',
      bytes: Buffer.from([0, 255]),
      json: { a: 1 },
    });
  });

  it('writes bigint, Date and Uint8Array parameters', async () => {
    const time = new Date('2031-01-02T03:04:05.678Z');
    const echo = sql('echo', 'SELECT $1::int8 AS int8, $2::timestamptz AS time, $3::bytea AS bytes');
    const row = await test.database.one(echo, [-(2n ** 63n), time, Uint8Array.of(1, 2)]);
    expect(row).toEqual({ int8: -(2n ** 63n), time, bytes: Buffer.from([1, 2]) });
  });

  it('prepares a statement once on a connection, and keeps two texts under one name apart', async () => {
    await using database = smallDatabase();
    const one = sql('same', 'SELECT 1 AS n');
    const two = sql('same', 'SELECT 2 AS n');
    expect([await database.one(one), await database.one(two), await database.one(one)]).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 1 },
    ]);
    const prepared = await database.rows(
      sql('prepared', `SELECT name FROM pg_prepared_statements WHERE name LIKE 'same-%'`),
    );
    expect(prepared).toHaveLength(2);
  });

  it('names the violated constraint', async () => {
    const insert = sql('insert', 'INSERT INTO thing (id, name) VALUES ($1, $2)');
    expect(await test.database.execute(insert, [1, 'a'])).toBe(1);
    const error = await test.database.execute(insert, [2, 'a']).catch((caught: unknown) => caught);
    expect(uniqueViolation(error)).toBe('thing_name');
    expect(uniqueViolation(new Error('other'))).toBeUndefined();
  });

  it('refuses a second row where one is expected', async () => {
    await expect(test.database.one(sql('two', 'SELECT generate_series(1, 2)'))).rejects.toThrow('two gave 2 rows');
  });

  it('is UNAVAILABLE when nobody listens, or the password is wrong', async () => {
    const wrongPassword = new URL(test.url.reveal());
    wrongPassword.password = 'wrong';
    for (const url of ['postgres://a:b@127.0.0.1:1/a', wrongPassword.href]) {
      await using database = smallDatabase({ url: new Secret(url) });
      await expect(database.ping()).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE' });
    }
  });

  it('is UNAVAILABLE when its connection is cut, and connects again', async () => {
    await using database = smallDatabase();
    const sleeping = database.rows(SLEEP);
    const unavailable = expect(sleeping).rejects.toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'DATABASE_UNAVAILABLE',
    });
    await eventually(async () => expect(await running()).toBe(1n));
    const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'`;
    await test.database.rows(sql('kill', kill));
    await unavailable;
    await database.ping();
    expect(database.pool()).toEqual({ open: 1, idle: 1, waiting: 0, max: 1 });
  });

  it('ends a statement that takes too long with DEADLINE_EXCEEDED', async () => {
    await using database = smallDatabase({ statementTimeoutMs: 50 });
    await expect(database.rows(SLEEP)).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
      reason: 'STATEMENT_TIMEOUT',
    });
    await database.ping();
  });

  it('ends a wait for a lock with ABORTED', async () => {
    await using database = smallDatabase({ lockTimeoutMs: 50 });
    await test.database.transaction(async (tx) => {
      await tx.execute(sql('lock', 'LOCK TABLE thing'));
      await expect(database.rows(sql('read', 'SELECT id FROM thing'))).rejects.toMatchObject({
        status: 'ABORTED',
        reason: 'LOCK_TIMEOUT',
      });
    });
  });

  it('stops the statement at the server when the signal fires, and keeps the connection', async () => {
    await using database = smallDatabase();
    await database.ping();
    const controller = new AbortController();
    const sleeping = database.transaction((tx) => tx.rows(SLEEP), { signal: controller.signal });
    const aborted = expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
    await eventually(async () => expect(await running()).toBe(1n));
    controller.abort();
    await aborted;
    expect(await running()).toBe(0n);
    await database.ping();
    expect(database.pool()).toMatchObject({ open: 1, idle: 1 });
  });

  it('stops the statement at the server when its call is cancelled', async () => {
    const controller = new AbortController();
    const call = backgroundCall({ callId: 'call', job: 'test', signal: controller.signal });
    const aborted = expect(runInCall(call, () => test.database.rows(SLEEP))).rejects.toMatchObject({
      name: 'AbortError',
    });
    await eventually(async () => expect(await running()).toBe(1n));
    controller.abort();
    await aborted;
    expect(await running()).toBe(0n);
  });

  it('stops a statement that the request to stop it has overtaken on the way', async () => {
    const { hostname, port } = new URL(test.url.reveal());
    await using way = await startTcpProxy(`${hostname}:${port}`);
    const url = new URL(test.url.reveal());
    url.host = way.address;
    const slow = createDatabase({ url: new Secret(url.href), applicationName: 'test', maxConnections: 1 });
    await using _slow = { [Symbol.asyncDispose]: () => slow.close() };
    await slow.ping();
    const outcomes: string[] = [];
    slow.events.on('statement', ({ outcome }) => outcomes.push(outcome));
    const controller = new AbortController();
    const call = backgroundCall({ callId: 'call', job: 'test', signal: controller.signal });
    await way.set({ kind: 'delay', ms: 100 });
    const aborted = expect(runInCall(call, () => slow.rows(SLEEP))).rejects.toMatchObject({ name: 'AbortError' });
    await eventually(() => expect(slow.pool().idle).toBe(0));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate); // the proxy has the statement, and holds it
    await way.set({ kind: 'none' });
    controller.abort();
    await aborted;
    expect(outcomes).toEqual(['57014']); // stopped by the server, not cut off
    expect(await running()).toBe(0n);
  });

  it('stops the statement at the server at the deadline of its call', async () => {
    const call = { ...backgroundCall({ callId: 'call', job: 'test' }), deadlineMs: systemClock.monotonicMs() + 100 };
    await expect(runInCall(call, () => test.database.rows(SLEEP))).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
    expect(await running()).toBe(0n);
  });

  it('runs nothing for a call that is over', async () => {
    const call = { ...backgroundCall({ callId: 'call', job: 'test' }), deadlineMs: systemClock.monotonicMs() - 1 };
    await expect(runInCall(call, () => test.database.ping())).rejects.toBeInstanceOf(AppError);
    await expect(test.database.transaction(async () => 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('spares a server that lets nobody in, however many ask', async () => {
    let asked = 0;
    const server = createServer((socket) => {
      asked += 1;
      socket.on('error', () => undefined).destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new Secret(`postgres://somebody:secret@127.0.0.1:${(server.address() as AddressInfo).port}/some`);
    await using database = createDatabase({ url, applicationName: 'test' });
    const ping = () => expect(database.ping()).rejects.toMatchObject({ reason: 'DATABASE_UNAVAILABLE' });
    for (let round = 0; round < 50; round += 1) await Promise.all(Array.from({ length: 40 }, ping));
    await new Promise((resolve) => server.close(resolve));
    expect(asked).toBeLessThan(40); // of 2,000, which took a tenth of a second
  });

  it('loses no connection to a caller that gave up waiting for one', async () => {
    await using database = smallDatabase();
    const controller = new AbortController();
    await database.transaction(async () => {
      const waiting = [1, 2, 3].map(() => database.transaction(async () => undefined, { signal: controller.signal }));
      const aborted = Promise.all(waiting.map((one) => expect(one).rejects.toMatchObject({ name: 'AbortError' })));
      await eventually(() => expect(database.pool().waiting).toBe(3));
      controller.abort();
      await aborted;
    });
    await database.ping();
    expect(database.pool()).toEqual({ open: 1, idle: 1, waiting: 0, max: 1 });
  });

  it('tells when each statement is about to be sent, how long it took and how it ended', async () => {
    await using database = smallDatabase();
    const seen: (DatabaseEvents['statementStarted'] | DatabaseEvents['statement'])[] = [];
    database.events.on('statementStarted', (event) => seen.push(event));
    database.events.on('statement', (event) => seen.push(event));
    await database.ping();
    await expect(database.rows(sql('broken', 'SELECT 1/0'))).rejects.toThrow('division by zero');
    const timed = { durationMs: expect.any(Number), endedAtMs: expect.any(Number) };
    expect(seen).toEqual([
      { name: 'ping', after: undefined },
      { name: 'ping', after: undefined, ...timed, outcome: 'ok', rows: 1 },
      { name: 'broken', after: undefined },
      { name: 'broken', after: undefined, ...timed, outcome: '22012', rows: undefined },
    ]);
  });

  it('tells of a transaction what it is made of, and how its end was answered', async () => {
    await using database = smallDatabase();
    const ended: string[] = [];
    const keep = ({ name, after, outcome }: DatabaseEvents['statement']) => ended.push(`${name}<${after}: ${outcome}`);
    database.events.on('statement', keep);
    const read = sql('read', 'SELECT 1');
    await database.transaction(async (tx) => tx.one(read), { isolation: 'serializable' });
    const ignored = async (tx: Queryable) => tx.one(sql('broken', 'SELECT 1/0')).catch(() => undefined);
    await expect(database.transaction(ignored)).rejects.toThrow('as if it had not');
    expect(ended).toEqual([
      'BEGIN<undefined: ok',
      'read<undefined: ok',
      'COMMIT<read: ok',
      'BEGIN<undefined: ok',
      'broken<undefined: 22012',
      'COMMIT<broken: ROLLBACK',
      'ROLLBACK<broken: ok',
    ]);
  });

  it('closes twice, and is UNAVAILABLE afterwards', async () => {
    const database = smallDatabase();
    await database.ping();
    await Promise.all([database.close(), database.close()]);
    await expect(database.ping()).rejects.toMatchObject({ status: 'UNAVAILABLE' });
  });
});
