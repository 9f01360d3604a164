import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  createDatabase,
  type DatabaseEvents,
  type Queryable,
  type Statement,
} from '../../../src/chassis/store/index.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

const sql = (name: string, text: string): Statement => ({ name, text });
const ADD = sql('add', 'UPDATE account SET balance = balance + $2 WHERE id = $1');
const BALANCES = sql('balances', 'SELECT balance FROM account ORDER BY id');

describe('Database.transaction', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
    await test.database.execute(sql('create', 'CREATE TABLE account (id int PRIMARY KEY, balance int8 NOT NULL)'));
  });
  beforeEach(async () => {
    await test.database.execute(sql('clear', 'DELETE FROM account'));
    await test.database.execute(sql('fill', 'INSERT INTO account (id, balance) VALUES (1, 100), (2, 100)'));
  });
  afterAll(() => test.close());

  const balances = async () => (await test.database.rows<{ balance: bigint }>(BALANCES)).map((row) => row.balance);

  it('commits what the work did and gives its result', async () => {
    const result = await test.database.transaction(async (tx) => {
      await tx.execute(ADD, [1, -10n]);
      await tx.execute(ADD, [2, 10n]);
      return 'moved';
    });
    expect(result).toBe('moved');
    expect(await balances()).toEqual([90n, 110n]);
  });

  it('changes nothing when the work throws, and throws what the work threw', async () => {
    const failure = new Error('no');
    const work = async (tx: Queryable) => {
      await tx.execute(ADD, [1, -10n]);
      throw failure;
    };
    await expect(test.database.transaction(work)).rejects.toBe(failure);
    expect(await balances()).toEqual([100n, 100n]);
  });

  it('runs the loser of a deadlock again until both have won', async () => {
    const retried: DatabaseEvents['transactionRetried'][] = [];
    const stop = test.database.events.on('transactionRetried', (event) => retried.push(event));
    let arrived = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    const move = (from: number, to: number) =>
      test.database.transaction(async (tx) => {
        await tx.execute(ADD, [from, -1n]);
        arrived += 1;
        if (arrived === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await tx.execute(ADD, [to, 1n]);
      });
    await Promise.all([move(1, 2), move(2, 1)]);
    stop();
    expect(retried).toEqual([expect.objectContaining({ attempt: 1, code: '40P01' })]);
    expect(await balances()).toEqual([100n, 100n]);
  });

  it('loses no update among twenty serializable racers', async () => {
    const increment = () =>
      test.database.transaction(
        async (tx) => {
          const row = await tx.one<{ balance: bigint }>(sql('read', 'SELECT balance FROM account WHERE id = 1'));
          await tx.execute(sql('write', 'UPDATE account SET balance = $1 WHERE id = 1'), [(row?.balance ?? 0n) + 1n]);
        },
        { isolation: 'serializable' },
      );
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, increment));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ status: 'ABORTED', reason: 'TRANSACTION_CONFLICT' });
    }
    expect(won).toBeGreaterThan(0);
    expect((await balances())[0]).toBe(100n + BigInt(won));
  });

  it('gives up after losing every time', async () => {
    let runs = 0;
    const losing = test.database.transaction(async (tx) => {
      runs += 1;
      await tx.rows(sql('lose', `DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$`));
    });
    await expect(losing).rejects.toMatchObject({ status: 'ABORTED', reason: 'TRANSACTION_CONFLICT' });
    expect(runs).toBe(6);
  });

  it('does not pretend to commit when a statement failed and the work went on', async () => {
    const careless = test.database.transaction(async (tx) => {
      await tx.execute(ADD, [1, 1n]);
      await tx.rows(sql('broken', 'SELECT 1/0')).catch(() => undefined);
    });
    await expect(careless).rejects.toThrow('a statement of the transaction failed');
    expect(await balances()).toEqual([100n, 100n]);
  });

  it('refuses statements after its end', async () => {
    const tx = await test.database.transaction(async (inner) => inner);
    await expect(tx.execute(ADD, [1, 1n])).rejects.toThrow('has ended');
    expect(await balances()).toEqual([100n, 100n]);
  });

  it('is UNAVAILABLE when it idles for too long, and leaves the pool whole', async () => {
    await using database = createDatabase({
      url: test.url,
      applicationName: 'idle',
      maxConnections: 1,
      idleInTransactionTimeoutMs: 50,
    });
    const idling = database.transaction(async (tx) => {
      await tx.execute(ADD, [1, 1n]);
      const gone = sql(
        'gone',
        `SELECT FROM pg_stat_activity WHERE application_name = 'idle' AND datname = current_database()`,
      );
      while ((await test.database.rows(gone)).length > 0); // the server has ended the session
      await tx.execute(ADD, [2, 1n]);
    });
    await expect(idling).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE' });
    await database.ping();
    expect(database.pool()).toEqual({ open: 1, idle: 1, waiting: 0, max: 1 });
    expect(await balances()).toEqual([100n, 100n]);
  });

  it('gives every connection back, whatever becomes of fifty transactions', async () => {
    await using database = createDatabase({ url: test.url, applicationName: 'leak', maxConnections: 2 });
    const work = (n: number) => async (tx: Queryable) => {
      if (n % 3 === 0) throw new Error('no');
      if (n % 3 === 1) await Promise.all([tx.rows(sql('broken', 'SELECT 1/0')), tx.execute(ADD, [1, 1n])]);
      await tx.execute(ADD, [2, 1n]);
    };
    await Promise.allSettled(Array.from({ length: 50 }, (_, n) => database.transaction(work(n))));
    expect(database.pool()).toEqual({ open: 2, idle: 2, waiting: 0, max: 2 });
    expect(await balances()).toEqual([100n, 116n]);
  });
});
