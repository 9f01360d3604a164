import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import type { AppError } from '../../../src/chassis/core/index.ts';
import { EVENTS_MIGRATIONS } from '../../../src/chassis/events/index.ts';
import { createDatabase, migrate, undoOrTombstone, type Database } from '../../../src/chassis/store/index.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';
import { createAdd, TALLY_TABLES, type AddRequest } from '../../support/tally-participant.ts';

describe.each([
  { form: 'one at a time', fast: false },
  { form: 'many at once', fast: true },
])('createParticipant, $form', ({ fast }) => {
  let test: TestDatabase;
  let other: Database;
  beforeAll(async () => {
    test = await testDatabase();
    other = createDatabase({ url: test.url, applicationName: 'another replica' });
    await migrate({ url: test.url, directories: [EVENTS_MIGRATIONS] });
    await test.database.execute({ name: 'create', text: TALLY_TABLES });
  });
  beforeEach(async () => {
    const text = 'TRUNCATE tally, outbox, idempotency_record, undo_tombstone';
    await test.database.execute({ name: 'clear', text });
  });
  afterAll(async () => {
    await other.close();
    await test.close();
  });

  /** Asks one replica after the other. */
  const atBothReplicas = () => {
    const [here, there] = [createAdd(test.database, { fast }), createAdd(other, { fast })];
    let asked = 0;
    return (request: AddRequest) => ((asked += 1) % 2 === 0 ? here : there)(request);
  };
  const tallies = () => test.database.rows({ name: 'tallies', text: 'SELECT name, total FROM tally ORDER BY name' });
  const events = () =>
    test.database.rows<{ readonly aggregate_id: string; readonly sequence: bigint; readonly payload: unknown }>({
      name: 'events',
      text: 'SELECT aggregate_id, sequence, payload FROM outbox ORDER BY position',
    });

  it('carries a command out, records it and writes its event, in one commit', async () => {
    const add = createAdd(test.database, { fast });
    await expect(add({ requestId: 'r1', tally: 'a', amount: 3 })).resolves.toEqual({ total: 3, version: 1 });
    const [committed] = await test.database.rows<{ readonly transactions: bigint }>({
      name: 'transactions',
      text: `SELECT count(DISTINCT xmin::text) AS transactions
        FROM (SELECT xmin FROM tally UNION ALL SELECT xmin FROM outbox UNION ALL SELECT xmin FROM idempotency_record) AS row`,
    });
    expect(committed).toEqual({ transactions: 1n });
    expect(await events()).toEqual([{ aggregate_id: 'a', sequence: 1n, payload: { amount: 3 } }]);
  });

  it('answers a repetition as the first one, here and at another replica, without another effect or event', async () => {
    const add = createAdd(test.database, { fast });
    const first = await add({ requestId: 'r1', tally: 'a', amount: 3 });
    await add({ requestId: 'r2', tally: 'a', amount: 4 });
    await expect(add({ requestId: 'r1', tally: 'a', amount: 3 })).resolves.toEqual(first);
    await expect(createAdd(other, { fast })({ requestId: 'r1', tally: 'a', amount: 3 })).resolves.toEqual(first);
    expect(await tallies()).toEqual([{ name: 'a', total: 7 }]);
    expect(await events()).toHaveLength(2);
  });

  it('refuses another request under the same request_id', async () => {
    const add = createAdd(test.database, { fast });
    await add({ requestId: 'r1', tally: 'a', amount: 3 });
    await expect(add({ requestId: 'r1', tally: 'a', amount: 4 })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
    });
    expect(await tallies()).toEqual([{ name: 'a', total: 3 }]);
  });

  it('gives racers with one request_id at two replicas one effect, one event and one answer', async () => {
    const add = atBothReplicas();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => add({ requestId: 'race', tally: 'a', amount: 1 })),
    );
    expect(answers).toEqual(Array(30).fill({ total: 1, version: 1 }));
    expect(await tallies()).toEqual([{ name: 'a', total: 1 }]);
    expect(await events()).toHaveLength(1);
  });

  it('carries out every command of a crowd, and numbers the events of each aggregate without a gap', async () => {
    const add = atBothReplicas();
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => add({ requestId: `r${index}`, tally: `t${index % 7}`, amount: 1 })),
    );
    const written = await events();
    expect(written).toHaveLength(200);
    for (let tally = 0; tally < 7; tally++) {
      const sequences = written.filter((event) => event.aggregate_id === `t${tally}`).map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.map((_, index) => BigInt(index + 1)));
    }
  });

  it('gives what cannot be done its precise answer and leaves nothing behind, while others beside it go through', async () => {
    const add = createAdd(test.database, { fast });
    await add({ requestId: 'r0', tally: 'full', amount: 100 });
    const outcomes = await Promise.allSettled([
      add({ requestId: 'r1', tally: 'a', amount: 1 }),
      add({ requestId: 'r2', tally: 'full', amount: 1 }),
      add({ requestId: 'r3', tally: 'b', amount: 1 }),
      add({ requestId: 'r4', tally: 'fresh but too much', amount: 101 }), // the table refuses it, and with it the whole batch
      add({ requestId: 'r5', tally: 'c', amount: -1 }),
    ]);
    const reasonOf = (outcome: PromiseSettledResult<unknown>) =>
      outcome.status === 'rejected' ? (outcome.reason as AppError).reason : 'done';
    expect(outcomes.map(reasonOf)).toEqual(['done', 'TALLY_FULL', 'done', 'TALLY_FULL', 'VALIDATION_FAILED']);
    expect(await events()).toHaveLength(3);
    const [records] = await test.database.rows({ name: 'records', text: 'SELECT count(*) FROM idempotency_record' });
    expect(records).toEqual({ count: 3n });
  });

  it('answers nothing that is not committed', async () => {
    const text = `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'refused at the commit' USING ERRCODE = 'raise_exception'; END $$;
      DROP TRIGGER IF EXISTS refused_at_commit ON tally;
      CREATE CONSTRAINT TRIGGER refused_at_commit AFTER INSERT ON tally DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.name = 'doomed') EXECUTE FUNCTION refuse()`;
    for (const statement of text.split(/;\s*(?=DROP|CREATE CONSTRAINT)/)) {
      await test.database.execute({ name: statement.trim().slice(0, 20), text: statement });
    }
    const add = createAdd(test.database, { fast });
    await expect(add({ requestId: 'r1', tally: 'doomed', amount: 1 })).rejects.toThrow();
    expect([await tallies(), await events()]).toEqual([[], []]);
  });

  it('refuses an original whose undo came first', async () => {
    const add = createAdd(test.database, { fast });
    await test.database.transaction((tx) =>
      undoOrTombstone(
        tx,
        { kind: 'addition', names: ['request:r1'] },
        { find: async () => undefined, undo: async () => 'undone', neverHappened: () => 'never happened' },
      ),
    );
    await expect(add({ requestId: 'r1', tally: 'a', amount: 1 })).rejects.toMatchObject({ reason: 'ADDITION_UNDONE' });
    expect(await tallies()).toEqual([]);
  });

  it('does a command without a request_id each time', async () => {
    const add = createAdd(test.database, { fast });
    await add({ requestId: '', tally: 'a', amount: 1 });
    await expect(add({ requestId: '', tally: 'a', amount: 1 })).resolves.toEqual({ total: 2, version: 2 });
  });
});

describe('createParticipant', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
    await migrate({ url: test.url, directories: [EVENTS_MIGRATIONS] });
    await test.database.execute({ name: 'create', text: TALLY_TABLES });
  });
  afterAll(() => test.close());

  it('writes what arrives together in few commits', async () => {
    const add = createAdd(test.database, { fast: true });
    await Promise.all(Array.from({ length: 100 }, (_, n) => add({ requestId: `r${n}`, tally: `t${n}`, amount: 1 })));
    const [written] = await test.database.rows<{ readonly commits: bigint }>({
      name: 'commits',
      text: 'SELECT count(DISTINCT xmin::text) AS commits FROM tally',
    });
    expect(written?.commits).toBeLessThanOrEqual(3n);
  });

  it('answers from the record of the other form', async () => {
    const slow = createAdd(test.database, { fast: false });
    const fast = createAdd(test.database, { fast: true });
    const bySlow = await slow({ requestId: 'slow', tally: 'mixed', amount: 1 });
    await expect(fast({ requestId: 'slow', tally: 'mixed', amount: 1 })).resolves.toEqual(bySlow);
  });
});
