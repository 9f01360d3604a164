import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  forgetCommands,
  idempotently,
  migrate,
  previousResponse,
  type IdempotentCommand,
  type MessageCodec,
  type Queryable,
} from '../../../src/chassis/store/index.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

interface Answer {
  readonly n: string;
}

const codec: MessageCodec<Answer> = {
  encode: (message) => ({ finish: () => Buffer.from(message.n) }),
  decode: (bytes) => ({ n: Buffer.from(bytes).toString() }),
};
const command = (key: string, request = 'request'): IdempotentCommand<Answer> => ({
  scope: '/test.v1.Test/Do',
  key,
  request: Buffer.from(request),
  codec,
});
const EFFECT = { name: 'effect', text: 'INSERT INTO effect DEFAULT VALUES RETURNING id::text AS n' };

describe('idempotently', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
    await migrate({ url: test.url, directories: [] });
    await test.database.execute({ name: 'create', text: 'CREATE TABLE effect (id int GENERATED ALWAYS AS IDENTITY)' });
  });
  beforeEach(async () => {
    await test.database.execute({ name: 'clear', text: 'TRUNCATE effect, idempotency_record' });
  });
  afterAll(() => test.close());

  const effects = async () => (await test.database.rows({ name: 'effects', text: 'SELECT id FROM effect' })).length;
  const effect = async (tx: Queryable) => (await tx.one<Answer>(EFFECT)) as Answer;
  const carryOut = (given: IdempotentCommand<Answer>) =>
    test.database.transaction((tx) => idempotently(tx, given, () => effect(tx)));

  it('gives twenty racers with one key one effect and one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => carryOut(command('race'))));
    expect(new Set(answers.map((answer) => answer.n)).size).toBe(1);
    expect(await effects()).toBe(1);
  });

  it('refuses the key with another request', async () => {
    await carryOut(command('reused'));
    await expect(carryOut(command('reused', 'another'))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
      details: [{ kind: 'badRequest', violations: [{ field: 'request_id' }] }],
    });
    expect(await effects()).toBe(1);
  });

  it('keeps the keys of different methods apart', async () => {
    await carryOut(command('shared'));
    await carryOut({ ...command('shared', 'another'), scope: '/test.v1.Test/Other' });
    expect(await effects()).toBe(2);
  });

  it('runs the effect again after one that failed', async () => {
    const failing = test.database.transaction((tx) =>
      idempotently(tx, command('failed'), async () => {
        await effect(tx);
        throw new Error('crash');
      }),
    );
    await expect(failing).rejects.toThrow('crash');
    expect(await effects()).toBe(0);
    await carryOut(command('failed'));
    expect(await effects()).toBe(1);
  });

  it('lets the waiting call run the effect when the connection of the first one dies before its commit', async () => {
    const hasEffect = Promise.withResolvers<void>();
    const mayGoOn = Promise.withResolvers<void>();
    const first = test.database.transaction((tx) =>
      idempotently(tx, command('crash'), async () => {
        const answer = await effect(tx);
        hasEffect.resolve();
        await mayGoOn.promise;
        return answer;
      }),
    );
    const lost = expect(first).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    await hasEffect.promise;
    const second = carryOut(command('crash'));
    const waiting = { name: 'waiting', text: `SELECT FROM pg_locks WHERE NOT granted` };
    await eventually(async () => expect((await test.database.rows(waiting)).length).toBe(1));
    await test.database.rows({
      name: 'kill',
      text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
    });
    mayGoOn.resolve();
    await lost;
    await second;
    expect(await effects()).toBe(1);
  });

  it('remembers nothing under an empty key', async () => {
    await carryOut(command(''));
    await carryOut(command('', 'another'));
    expect(await effects()).toBe(2);
  });

  it('answers an empty message too', async () => {
    const empty = () => test.database.transaction((tx) => idempotently(tx, command('empty'), async () => ({ n: '' })));
    expect(await empty()).toEqual({ n: '' });
    expect(await empty()).toEqual({ n: '' });
  });

  it('tells what a command was answered before', async () => {
    expect(await previousResponse(test.database, command('before'))).toBeUndefined();
    const answer = await carryOut(command('before'));
    expect(await previousResponse(test.database, command('before'))).toEqual(answer);
  });

  it('forgets old commands, at most as many as asked', async () => {
    for (const key of ['a', 'b', 'c']) await carryOut(command(key));
    expect(await forgetCommands(test.database, { before: new Date(0), limit: 10 })).toBe(0);
    const later = new Date('2100-01-01T00:00:00Z');
    expect(await forgetCommands(test.database, { before: later, limit: 2 })).toBe(2);
    expect(await forgetCommands(test.database, { before: later, limit: 2 })).toBe(1);
  });
});
