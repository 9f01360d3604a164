import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { migrate, refuseLateOriginal, undoOrTombstone } from '../../../src/chassis/store/index.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

const RESERVE = { name: 'reserve', text: 'INSERT INTO reservation (id) VALUES ($1)' };
const FIND = { name: 'find', text: 'SELECT id, released FROM reservation WHERE id = $1' };
const RELEASE = { name: 'release', text: 'UPDATE reservation SET released = true WHERE id = $1' };

describe('undoOrTombstone', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
    await migrate({ url: test.url, directories: [] });
    await test.database.execute({
      name: 'create',
      text: 'CREATE TABLE reservation (id text PRIMARY KEY, released bool NOT NULL DEFAULT false)',
    });
  });
  beforeEach(async () => {
    await test.database.execute({ name: 'clear', text: 'TRUNCATE reservation, undo_tombstone' });
  });
  afterAll(() => test.close());

  const reserve = (
    id: string,
    options: { readonly names?: readonly string[]; readonly beforeCommit?: () => Promise<void> } = {},
  ) =>
    test.database.transaction(async (tx) => {
      await refuseLateOriginal(tx, {
        kind: 'reservation',
        names: options.names ?? [id],
        reason: 'RESERVATION_TOMBSTONED',
      });
      await tx.execute(RESERVE, [id]);
      await options.beforeCommit?.();
    });
  const release = (id: string, names: readonly string[] = [id]) =>
    test.database.transaction((tx) =>
      undoOrTombstone<{ released: boolean }, string>(
        tx,
        { kind: 'reservation', names },
        {
          find: () => tx.one(FIND, [id]),
          undo: async () => `released ${await tx.execute(RELEASE, [id])}`,
          neverHappened: () => 'never',
        },
      ),
    );
  const held = async () =>
    (await test.database.rows({ name: 'held', text: 'SELECT id FROM reservation WHERE NOT released' })).length;

  it('takes back what happened', async () => {
    await reserve('a');
    expect(await release('a')).toBe('released 1');
    expect(await held()).toBe(0);
  });

  it('accepts that it never happened, twice, and refuses the late original', async () => {
    expect(await release('b')).toBe('never');
    expect(await release('b')).toBe('never');
    await expect(reserve('b')).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'RESERVATION_TOMBSTONED',
      details: [{ kind: 'preconditionFailure', violations: [{ type: 'UNDONE', subject: 'reservation/b' }] }],
    });
    expect(await held()).toBe(0);
  });

  it('refuses an original under any of its names, and only of its kind', async () => {
    await release('x', ['order:7']);
    await expect(reserve('c', { names: ['request:1', 'order:7'] })).rejects.toMatchObject({
      reason: 'RESERVATION_TOMBSTONED',
    });
    await test.database.transaction((tx) =>
      refuseLateOriginal(tx, { kind: 'shipment', names: ['order:7'], reason: 'NO' }),
    );
    await reserve('d', { names: ['request:1', 'order:8'] });
    expect(await held()).toBe(1);
  });

  it('waits for an original that has not committed yet, and takes it back', async () => {
    const mayCommit = Promise.withResolvers<void>();
    const hasRow = Promise.withResolvers<void>();
    const original = reserve('e', {
      beforeCommit: async () => {
        hasRow.resolve();
        await mayCommit.promise;
      },
    });
    await hasRow.promise;
    const undo = release('e');
    const waiting = { name: 'waiting', text: `SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory'` };
    await eventually(async () => expect((await test.database.rows(waiting)).length).toBe(1));
    mayCommit.resolve();
    await original;
    expect(await undo).toBe('released 1');
    expect(await held()).toBe(0);
  });

  it('leaves nothing held, whichever of forty pairs comes first', async () => {
    const ids = Array.from({ length: 40 }, (_, n) => `pair-${n}`);
    await Promise.all(
      ids.flatMap((id, n) => {
        const pair = [
          () => reserve(id).catch((error: { reason?: string }) => expect(error.reason).toBe('RESERVATION_TOMBSTONED')),
          () => release(id),
        ];
        return (n % 2 === 0 ? pair : pair.reverse()).map((run) => run());
      }),
    );
    expect(await held()).toBe(0);
  });
});
