import { describe, expect, it } from '@jest/globals';

import { AppError, backgroundCall, createDeferred, currentCall, runInCall } from '../../../src/chassis/core/index.ts';
import { createGroupCommit, GROUP_COMMIT_DEFAULTS } from '../../../src/chassis/store/index.ts';

/** Writes that a test lets through one by one. */
function heldWrites() {
  const batches: { readonly items: readonly number[]; finish(error?: Error): void }[] = [];
  const run = async (items: readonly number[]) => {
    const held = createDeferred();
    batches.push({ items, finish: (error) => (error === undefined ? held.resolve() : held.reject(error)) });
    await held.promise;
    return items.map((item) => item * 10);
  };
  return { batches, run };
}

/** Twice round the event loop: whoever could start a batch has. */
async function settled() {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('createGroupCommit', () => {
  it('writes a lone item at once, alone', async () => {
    const batches: (readonly number[])[] = [];
    const group = createGroupCommit({
      job: 'test',
      run: async (items: readonly number[]) => {
        batches.push(items);
        return items;
      },
    });
    await expect(group.submit(1)).resolves.toBe(1);
    await expect(group.submit(2)).resolves.toBe(2);
    expect(batches).toEqual([[1], [2]]);
  });

  it('puts what arrives while both flushers are busy into one batch, in the order of arrival', async () => {
    const { batches, run } = heldWrites();
    const group = createGroupCommit({ job: 'test', run });
    const first = group.submit(1);
    await settled();
    const second = group.submit(2);
    await settled();
    const others = [3, 4, 5].map((item) => group.submit(item));
    await settled();
    expect(batches.map(({ items }) => items)).toEqual([[1], [2]]);
    batches[0]?.finish();
    await expect(first).resolves.toBe(10);
    await settled();
    expect(batches[2]?.items).toEqual([3, 4, 5]);
    batches[1]?.finish();
    batches[2]?.finish();
    await expect(second).resolves.toBe(20);
    await expect(Promise.all(others)).resolves.toEqual([30, 40, 50]);
  });

  it('fills no batch beyond its maximum', async () => {
    const { batches, run } = heldWrites();
    const group = createGroupCommit({ job: 'test', run, flushers: 1 });
    const all = Promise.all(
      Array.from({ length: GROUP_COMMIT_DEFAULTS.maxBatch + 1 }, (_, item) => group.submit(item)),
    );
    await settled();
    expect(batches[0]?.items).toHaveLength(GROUP_COMMIT_DEFAULTS.maxBatch);
    batches[0]?.finish();
    await settled();
    expect(batches[1]?.items).toEqual([GROUP_COMMIT_DEFAULTS.maxBatch]);
    batches[1]?.finish();
    await all;
  });

  it('shares what waits among the flushers that are free, where that is more than shareAbove', async () => {
    const { batches, run } = heldWrites();
    const group = createGroupCommit({ job: 'test', run, shareAbove: 4 });
    const all = Promise.all(Array.from({ length: 7 }, (_, item) => group.submit(item)));
    await settled();
    expect(batches.map(({ items }) => items.length)).toEqual([4, 3]);
    for (const { finish } of batches) finish();
    await expect(all).resolves.toHaveLength(7);
  });

  it('keeps together what waits while no other flusher is free, or is no more than shareAbove', async () => {
    const { batches, run } = heldWrites();
    const group = createGroupCommit({ job: 'test', run, shareAbove: 4 });
    const few = Promise.all([1, 2, 3, 4].map((item) => group.submit(item)));
    await settled();
    expect(batches.map(({ items }) => items.length)).toEqual([4]);
    const lone = group.submit(5);
    await settled();
    const many = Promise.all(Array.from({ length: 7 }, (_, item) => group.submit(item)));
    await settled();
    batches[1]?.finish();
    await lone;
    await settled();
    expect(batches.map(({ items }) => items.length)).toEqual([4, 1, 7]);
    for (const { finish } of batches) finish();
    await expect(Promise.all([few, many])).resolves.toHaveLength(2);
  });

  it('lets a bad item fail only itself, and what follows pass it', async () => {
    const batches: (readonly number[])[] = [];
    const group = createGroupCommit({
      job: 'test',
      flushers: 1,
      run: async (items: readonly number[]) => {
        batches.push(items);
        await settled();
        if (items.includes(2)) throw new Error('bad item');
        return items;
      },
    });
    const outcomes = Promise.allSettled([1, 2, 3].map((item) => group.submit(item)));
    await settled();
    await expect(group.submit(4)).resolves.toBe(4);
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(batches.indexOf(batches.find((batch) => batch.includes(4)) ?? [])).toBe(2);
    expect(batches).toEqual([[1, 2, 3], [1], [4], [2], [3]]);
  });

  it('fails all of a batch at once while the database is away', async () => {
    let runs = 0;
    const away = new AppError({ status: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE', message: 'away' });
    const group = createGroupCommit({
      job: 'test',
      run: async (): Promise<readonly number[]> => {
        runs += 1;
        throw away;
      },
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => group.submit(item)));
    expect(outcomes).toEqual(Array(3).fill({ status: 'rejected', reason: away }));
    expect(runs).toBe(1);
  });

  it('takes a run that forgets an item for a failed one', async () => {
    const group = createGroupCommit({ job: 'test', run: async (items: readonly number[]) => items.slice(1) });
    await expect(group.submit(1)).rejects.toThrow('test gave 0 results for 1 items');
  });

  it("runs in nobody's call", async () => {
    const group = createGroupCommit({
      job: 'write-things',
      run: async (items: readonly number[]) => items.map(() => currentCall()),
    });
    const call = { ...backgroundCall({ callId: 'caller', job: 'caller' }), deadlineMs: performance.now() + 60_000 };
    const seen = await runInCall(call, () => group.submit(1));
    expect(seen).toMatchObject({ callId: '', method: 'write-things', deadlineMs: undefined, signal: undefined });
  });

  it('never writes an item whose caller left while it was in line', async () => {
    const { batches, run } = heldWrites();
    const group = createGroupCommit({ job: 'test', run, flushers: 1 });
    const first = group.submit(1);
    await settled();
    const leaving = new AbortController();
    const second = group.submit(2, { signal: leaving.signal });
    const third = group.submit(3);
    leaving.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    batches[0]?.finish();
    await settled();
    expect(batches[1]?.items).toEqual([3]);
    batches[1]?.finish();
    await expect(Promise.all([first, third])).resolves.toEqual([10, 30]);
  });

  it('lets a caller go at its deadline, and writes the item that is on its way', async () => {
    const { batches, run } = heldWrites();
    const group = createGroupCommit({ job: 'test', run });
    const call = { ...backgroundCall({ callId: '', job: 'caller' }), deadlineMs: performance.now() + 30 };
    const late = runInCall(call, () => group.submit(1));
    await expect(late).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    expect(batches.map(({ items }) => items)).toEqual([[1]]);
    batches[0]?.finish();
  });

  it('does not take an item whose caller is over', async () => {
    const { batches, run } = heldWrites();
    const group = createGroupCommit({ job: 'test', run });
    await expect(group.submit(1, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    await settled();
    expect(batches).toEqual([]);
  });
});
