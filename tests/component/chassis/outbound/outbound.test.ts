import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AppError, backgroundCall, runInCall } from '../../../../src/chassis/core/index.ts';
import { createOperations, refusalOf, runOutbound, type Answer } from '../../../../src/chassis/outbound/index.ts';
import { migrate, type Queryable } from '../../../../src/chassis/store/index.ts';
import { testDatabase, type TestDatabase } from '../../../support/postgres.ts';

interface Operation {
  readonly id: string;
  readonly state: 'PENDING' | 'SUCCEEDED' | 'REFUSED';
  readonly kind: 'SEND' | 'RECALL';
  readonly letter: string;
  readonly answer: unknown;
}

const sql = (name: string, text: string) => ({ name, text });
const INSERT = sql('insert', 'INSERT INTO operation (id, letter, kind) VALUES ($1, $2, $3)');
const GET = sql('get', 'SELECT * FROM operation WHERE id = $1');
const FIRST = sql('first', `SELECT id FROM operation WHERE letter = $1 AND kind = 'SEND' AND state = 'PENDING'`);
const LOCK = sql('lock', 'SELECT id FROM letter WHERE id = $1 FOR UPDATE');
const SETTLE = sql('settle', 'UPDATE operation SET state = $2, answer = $3, records = records + 1 WHERE id = $1');
const RECORDS = sql('records', 'SELECT records FROM operation WHERE id = $1');

const taken = (status: 'FAILED_PRECONDITION' | 'UNAVAILABLE', reason: string) =>
  new AppError({ status, reason, message: 'not now', metadata: { why: reason } });

describe('runOutbound with createOperations', () => {
  let test: TestDatabase;
  let asked: string[] = [];
  let post: (operation: Operation) => Promise<'taken' | 'refused'>;

  beforeAll(async () => {
    test = await testDatabase();
    await migrate({ url: test.url, directories: [] });
    await test.database.execute(sql('letter', 'CREATE TABLE letter (id text PRIMARY KEY)'));
    await test.database.execute(
      sql(
        'operation',
        `CREATE TABLE operation (id text PRIMARY KEY, letter text NOT NULL, kind text NOT NULL,
           state text NOT NULL DEFAULT 'PENDING', answer jsonb, records int NOT NULL DEFAULT 0)`,
      ),
    );
  });
  afterAll(() => test.close());

  async function get(on: Queryable, id: string): Promise<Operation> {
    const found = await on.one<Operation>(GET, [id]);
    if (found === undefined) throw new Error(`there is no operation ${id}`);
    return found;
  }
  const operations = () =>
    createOperations<Operation, string, 'taken' | 'refused'>({
      database: test.database,
      job: 'post',
      get,
      first: async ({ kind, letter }) =>
        kind === 'SEND' ? undefined : (await test.database.one<{ readonly id: string }>(FIRST, [letter]))?.id,
      facts: async ({ letter }) => ({ subject: letter }),
      ask: async (operation) => {
        asked.push(operation.id);
        return post(operation);
      },
      lock: async (tx, { letter }) => {
        await tx.one(LOCK, [letter]);
        return letter;
      },
      async record(tx, { operation, subject, outcome }) {
        const state = outcome === 'taken' ? 'SUCCEEDED' : 'REFUSED';
        const refusal = refusalOf(taken('FAILED_PRECONDITION', 'POST_REFUSED'));
        const answer = outcome === 'taken' ? { ok: subject } : { refusal };
        await tx.execute(SETTLE, [operation.id, state, JSON.stringify(answer)]);
        return { operation: { ...operation, state, answer }, subject };
      },
    });
  const begin = async (tx: Queryable, letter: string, kind: Operation['kind'] = 'SEND', id = `${kind}-${letter}`) => {
    await tx.execute(sql('letter', 'INSERT INTO letter VALUES ($1) ON CONFLICT DO NOTHING'), [letter]);
    await tx.execute(INSERT, [id, letter, kind]);
    return { operation: id };
  };
  const settle = async (id: string) => (await operations().settle(id)).answer as Answer<string>; // record's
  const send = (letter: string, given: { decide?: () => Promise<never>; remembers?: () => boolean } = {}) =>
    runOutbound<string>(test.database, {
      ...{ method: '/post.v1.Post/Send', requestId: letter, request: Buffer.from(letter), settle },
      decide: (tx) => begin(tx, letter),
      ...given,
    });
  const recordsOf = async (id: string) =>
    (await test.database.one<{ readonly records: number }>(RECORDS, [id]))?.records;
  const start = (work: typeof post) => {
    asked = [];
    post = work;
  };

  it('asks once, however often the command comes', async () => {
    start(async () => 'taken');
    expect(await send('once')).toEqual({ result: 'once', operation: 'SEND-once' });
    expect(await send('once')).toEqual({ result: 'once', operation: 'SEND-once' });
    expect(asked).toEqual(['SEND-once']);
  });

  it('asks again for the same operation while the outcome is unknown', async () => {
    start(() => Promise.reject(taken('UNAVAILABLE', 'POST_UNAVAILABLE')));
    await expect(send('lost')).rejects.toMatchObject({ reason: 'POST_UNAVAILABLE' });
    post = async () => 'taken';
    expect(await send('lost')).toMatchObject({ result: 'lost' });
    expect(asked).toEqual(['SEND-lost', 'SEND-lost']);
  });

  it('answers a refusal of the outside system again, word for word', async () => {
    start(async () => 'refused');
    for (let n = 0; n < 2; n += 1) {
      await expect(send('refused')).rejects.toMatchObject({
        reason: 'POST_REFUSED',
        metadata: { why: 'POST_REFUSED' },
      });
    }
    expect(asked).toHaveLength(1);
  });

  it('answers a refusal of the decision again, unless it is not to be remembered', async () => {
    start(async () => 'taken');
    const decide = () => Promise.reject(taken('FAILED_PRECONDITION', 'NO_STAMP'));
    await expect(send('kept', { decide })).rejects.toMatchObject({ reason: 'NO_STAMP' });
    await expect(send('kept')).rejects.toMatchObject({ reason: 'NO_STAMP', metadata: { why: 'NO_STAMP' } });
    await expect(send('open', { decide, remembers: () => false })).rejects.toMatchObject({ reason: 'NO_STAMP' });
    expect(await send('open')).toMatchObject({ result: 'open' });
  });

  it('records what several are told once', async () => {
    start(async () => 'taken');
    await test.database.transaction((tx) => begin(tx, 'raced'));
    const settled = await Promise.all(Array.from({ length: 5 }, () => settle('SEND-raced')));
    expect(settled).toEqual(Array.from({ length: 5 }, () => ({ ok: 'raced' })));
    expect(await recordsOf('SEND-raced')).toBe(1);
  });

  it('records what it was told also when the caller has gone meanwhile', async () => {
    const caller = new AbortController();
    start(async () => {
      caller.abort();
      return 'taken';
    });
    const call = { ...backgroundCall({ callId: '', job: 'test', signal: caller.signal }), deadlineMs: undefined };
    await test.database.transaction((tx) => begin(tx, 'gone'));
    expect(await runInCall(call, () => settle('SEND-gone'))).toEqual({ ok: 'gone' });
    expect(await recordsOf('SEND-gone')).toBe(1);
  });

  it('learns first what became of the operation that another depends on', async () => {
    start(async () => 'taken');
    await test.database.transaction((tx) => begin(tx, 'recalled'));
    await test.database.transaction((tx) => begin(tx, 'recalled', 'RECALL'));
    await settle('RECALL-recalled');
    expect(asked).toEqual(['SEND-recalled', 'RECALL-recalled']);
  });
});
