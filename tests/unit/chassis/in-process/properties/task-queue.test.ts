import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createTaskQueue } from '../../../../../src/chassis/in-process/index.ts';
import { createManualClock } from '../../../../support/manual-clock.ts';
import { seededRandom } from '../../../../support/seeded-random.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** One task: of which key, how long each attempt takes, how many of them fail, and when it is brought. */
const task = fc.record({
  key: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  takesMs: fc.nat({ max: 30 }),
  failures: fc.nat({ max: 3 }),
  pauseMs: fc.nat({ max: 20 }),
  priority: fc.constantFrom('critical' as const, 'normal' as const, 'sheddable' as const),
  leavesAfterMs: fc.option(fc.nat({ max: 60 }), { nil: undefined, freq: 4 }),
});
const limits = fc.record({
  maxConcurrent: fc.integer({ min: 1, max: 4 }),
  maxQueued: fc.integer({ min: 0, max: 6 }),
  whenFull: fc.constantFrom('reject' as const, 'wait' as const),
  rate: fc.option(
    fc.record({ ratePerSecond: fc.integer({ min: 20, max: 500 }), burst: fc.integer({ min: 1, max: 3 }) }),
    {
      nil: undefined,
    },
  ),
});

describe('createTaskQueue, whatever it is brought', () => {
  it('keeps to its limits and to the order of each key, and ends everything it took', async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.array(task, { maxLength: 25 }), fc.integer(), async (options, tasks, seed) => {
        const clock = createManualClock();
        const queue = createTaskQueue(
          { name: 'x', ...options, retry: { maxAttempts: 3, baseMs: 10, maxMs: 40 } },
          { clock, random: seededRandom(seed) },
        );
        const underWay = new Map<number, string | undefined>();
        const began: { readonly index: number; readonly atMs: number }[] = [];
        const outcomes = new Map<number, string>();

        const bring = (index: number) => {
          const { key, takesMs, failures, priority, leavesAfterMs } = tasks[index]!;
          const leaving = new AbortController();
          if (leavesAfterMs !== undefined) clock.setTimer(leavesAfterMs, () => leaving.abort());
          const run = async ({ attempt }: { readonly attempt: number }) => {
            expect([...underWay.values()].filter((other) => other !== undefined && other === key)).toEqual([]);
            underWay.set(index, key);
            began.push({ index, atMs: clock.monotonicMs() });
            expect(underWay.size).toBeLessThanOrEqual(options.maxConcurrent);
            await clock.sleep(takesMs);
            underWay.delete(index);
            if (attempt <= failures) throw new Error('not yet');
          };
          queue.submit(run, { key, priority, signal: leaving.signal }).then(
            () => outcomes.set(index, 'done'),
            (error: Error & { reason?: string }) => outcomes.set(index, error.reason ?? error.message),
          );
        };
        for (const [index, { pauseMs }] of tasks.entries()) {
          bring(index);
          const [status] = queue.status();
          // A task that rests between two attempts had its place; nobody gets more by that than there are places.
          expect(status!.queued).toBeLessThanOrEqual(options.maxQueued + options.maxConcurrent);
          for (let ms = 0; ms < pauseMs; ms += 1) {
            await turn();
            clock.advance(1);
          }
        }
        for (let ms = 0; ms < 5_000 && outcomes.size < tasks.length; ms += 5) {
          await turn();
          clock.advance(5);
        }
        await turn();

        expect(outcomes.size).toBe(tasks.length);
        expect(queue.status()).toMatchObject([{ queued: 0, arriving: 0 }]);
        for (const [index, { failures, leavesAfterMs }] of tasks.entries()) {
          const outcome = outcomes.get(index);
          if (outcome === 'QUEUE_FULL') expect(options.whenFull).toBe('reject');
          else if (outcome === 'aborted') expect(leavesAfterMs).toBeDefined();
          else expect(outcome).toBe(failures < 3 ? 'done' : 'not yet');
        }
        // Of one key in the order in which they came, each with all its attempts before the next one's first.
        for (const key of ['a', 'b', 'c']) {
          const order = began.map(({ index }) => index).filter((index) => tasks[index]!.key === key);
          expect(order).toEqual(order.toSorted((left, right) => left - right));
        }
        if (options.rate !== undefined) {
          const { ratePerSecond, burst } = options.rate;
          for (const [first, { atMs }] of began.entries()) {
            const within = began.slice(first).filter((one) => one.atMs < atMs + 100).length;
            expect(within).toBeLessThanOrEqual(burst + Math.ceil(ratePerSecond / 10));
          }
        }
        clock.advance(100_000);
        await turn();
        expect(await queue.close()).toEqual({ ended: 0, left: [] });
      }),
      { numRuns: 150 },
    );
  });
});
