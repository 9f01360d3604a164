import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { abortError, AppError, type Clock } from '../../../../src/chassis/core/index.ts';
import { createReconciler, pendingOperations, type Source } from '../../../../src/chassis/outbound/index.ts';

/** Runs a reconciler for so many waits. */
async function reconcile(sources: readonly Source[], waits: number, stop = new AbortController()): Promise<object[]> {
  const log: object[] = [];
  const logger = pino(
    { base: null, timestamp: false },
    { write: (line: string) => log.push(JSON.parse(line) as object) },
  );
  let left = waits;
  const clock = {
    sleep: async (_ms: number, signal?: AbortSignal) => {
      if (left === 0) stop.abort();
      left -= 1;
      if (signal?.aborted) throw abortError(signal);
    },
  } as Clock; // nothing else is asked of it
  const reconciler = createReconciler({ outside: 'the bank', sources, clock, logger, intervalMs: 1 });
  await reconciler.run(stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return log;
}

const unavailable = new AppError({ status: 'UNAVAILABLE', reason: 'BANK_UNAVAILABLE', message: 'later' });

describe('createReconciler', () => {
  it('settles the rest when one thing cannot be settled, and says why', async () => {
    const settled: string[] = [];
    const claimed = ['late', 'broken', 'fine'].map((id) => ({ id, attempts: 1 }));
    const operations = {
      async settle(id: string, options?: { readonly reconciled: boolean }) {
        expect(options).toEqual({ reconciled: true });
        if (id === 'late') throw unavailable;
        if (id === 'broken') throw new Error('a defect');
        settled.push(id);
      },
    };
    const log = await reconcile([pendingOperations(operations, async () => claimed)], 1);
    expect(settled).toEqual(['fine']);
    expect(log).toMatchObject([
      { level: 40, operation: 'late', attempts: 1, msg: 'not settled yet; it is tried again' },
      { level: 50, operation: 'broken', err: { message: 'a defect' } },
      { level: 30, operation: 'fine', msg: 'settled with the bank' },
    ]);
  });

  it('looks again at once while it takes up all it can, and else waits', async () => {
    let left = 120;
    const looks: number[] = [];
    const source: Source = async (limit) => {
      const taken = Math.min(limit, left);
      left -= taken;
      looks.push(taken);
      return Array.from({ length: taken }, () => ({ what: {}, settle: async () => undefined }));
    };
    await reconcile([source], 2);
    expect(looks).toEqual([50, 50, 20, 0]);
  });

  it('leaves what it has not begun when it is told to end', async () => {
    const stop = new AbortController();
    const begun: number[] = [];
    const things = [1, 2, 3].map((n) => ({
      what: { n },
      settle: async () => {
        begun.push(n);
        if (n === 2) stop.abort();
      },
    }));
    await reconcile([async () => things, async () => things], 1, stop);
    expect(begun).toEqual([1, 2]);
  });
});
