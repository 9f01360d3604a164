import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { createDatabase, type Database, type Queryable } from '../../../src/chassis/store/index.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

const sql = (name: string, text: string) => ({ name, text });
const ADD = sql('add', 'INSERT INTO thing (name) VALUES ($1) RETURNING name');
const COUNT = sql('count', 'SELECT count(*)::integer AS n FROM thing');

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await testDatabase();
  await test.database.execute(sql('create', 'CREATE TABLE thing (name text PRIMARY KEY)'));
  database = createDatabase({ url: test.url, applicationName: 'round trips', maxConnections: 1 });
});
beforeEach(async () => {
  await test.database.execute(sql('clear', 'TRUNCATE thing'));
});
afterAll(async () => {
  await database.close();
  await test.close();
});

const things = async () => (await test.database.one<{ readonly n: number }>(COUNT))?.n;

/** How many statements went to the server in each round trip of the work. */
async function roundTrips(work: () => Promise<unknown>): Promise<readonly number[]> {
  const trips: number[] = [];
  const stop = database.events.on('roundTrip', ({ statements }) => trips.push(statements));
  await work().finally(stop);
  return trips;
}

describe('a transaction', () => {
  it('takes a round trip for each statement and one for its end, whatever is left for that', async () => {
    const work = async (tx: Queryable) => {
      await tx.atCommit(ADD, ['last']);
      await tx.execute(ADD, ['first']);
      await tx.atCommit(ADD, ['very last']);
      expect(await tx.one(COUNT)).toEqual({ n: 1 });
    };
    expect(await roundTrips(() => database.transaction(work))).toEqual([2, 1, 3]);
    expect(await things()).toBe(3);
  });

  it('takes one round trip when all it does is left for its end, and none when it does nothing', async () => {
    expect(await roundTrips(() => database.transaction((tx) => tx.atCommit(ADD, ['only'])))).toEqual([3]);
    expect(await things()).toBe(1);
    expect(await roundTrips(() => database.transaction(async () => undefined))).toEqual([]);
  });

  it('fails and leaves nothing when what was left for its end fails', async () => {
    const work = async (tx: Queryable) => {
      await tx.execute(ADD, ['same']);
      await tx.atCommit(ADD, ['same']);
      await tx.atCommit(ADD, ['another']);
    };
    await expect(database.transaction(work)).rejects.toThrow('duplicate key');
    expect(await things()).toBe(0);
    expect(await database.execute(ADD, ['after it'])).toBe(1);
  });

  it('does not begin when its first statement cannot be sent', async () => {
    const circular: unknown[] = [];
    circular.push(circular);
    await expect(database.transaction((tx) => tx.execute(ADD, [circular]))).rejects.toThrow('call stack');
    expect(await database.execute(ADD, ['after it'])).toBe(1);
  });

  it('takes nothing more once its work has ended', async () => {
    let kept: Queryable | undefined;
    await database.transaction(async (tx) => {
      kept = tx;
      await tx.execute(ADD, ['one']);
    });
    await expect(kept?.atCommit(ADD, ['two'])).rejects.toThrow('has ended');
  });
});

describe('a statement of a database', () => {
  it('is one round trip, also where it is left for a commit that does not come', async () => {
    expect(await roundTrips(() => database.atCommit(ADD, ['one']))).toEqual([1]);
    expect(await things()).toBe(1);
  });
});

describe('statements together', () => {
  it('are one transaction and one round trip, and each sees those before it', async () => {
    let rows: unknown;
    const work = async () => {
      rows = await database.together([
        { statement: ADD, parameters: ['one'] },
        { statement: COUNT },
        { statement: COUNT },
      ]);
    };
    expect(await roundTrips(work)).toEqual([5]);
    expect(rows).toEqual([[{ name: 'one' }], [{ n: 1 }], [{ n: 1 }]]);
  });

  it('leave nothing when one fails, and the connection as it was', async () => {
    const broken = { statement: sql('broken', 'SELECT 1/0') };
    const ended: string[] = [];
    const stop = database.events.on('statement', ({ name, outcome }) => ended.push(`${name}: ${outcome}`));
    await expect(
      database.together([{ statement: ADD, parameters: ['one'] }, broken, { statement: COUNT }]),
    ).rejects.toThrow('division by zero');
    stop();
    expect(ended).toEqual([
      'BEGIN: ok',
      'add: ok',
      'broken: 22012',
      'count: skipped',
      'COMMIT: skipped',
      'ROLLBACK: ok',
    ]);
    expect(await things()).toBe(0);
    expect(await database.rows(COUNT)).toEqual([{ n: 0 }]);
  });

  it('see what was committed while an earlier one of them waited', async () => {
    const lock = sql('lock', 'SELECT pg_advisory_xact_lock(7)');
    let waiting: Promise<readonly (readonly unknown[])[]> | undefined;
    await test.database.transaction(async (tx) => {
      await tx.rows(lock);
      waiting = database.together([{ statement: lock }, { statement: COUNT }]);
      await eventually(async () => {
        const text = `SELECT count(*)::integer AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
        expect(await tx.one(sql('waiting', text))).toEqual({ n: 1 });
      });
      await tx.execute(ADD, ['meanwhile']);
    });
    expect((await waiting)?.[1]).toEqual([{ n: 1 }]);
  });
});
