import { describe, expect, it } from '@jest/globals';

import {
  AppError,
  backgroundCall,
  createDeferred,
  currentCall,
  runInCall,
} from '../../../../src/chassis/core/index.ts';
import {
  createTaskQueue,
  type DeadTask,
  type TaskQueueOptions,
  type WorkEvents,
} from '../../../../src/chassis/in-process/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A queue whose tasks end when the test says so, and a log of which began. */
function setUp(options: Partial<TaskQueueOptions> = {}) {
  const clock = createManualClock();
  const queue = createTaskQueue({ name: 'work', ...options }, { clock, random: seededRandom(1) });
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  /** Ends with its own name. */
  const task = (name: string) => async () => {
    began.push(name);
    const end = createDeferred();
    ends.set(name, end.resolve);
    await end.promise;
    return name;
  };
  const finish = async (...names: string[]) => {
    for (const name of names) ends.get(name)!();
    await turn();
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    await turn();
  };
  return { clock, queue, began, task, finish, pass };
}

const away = (message = 'not now') => new AppError({ status: 'UNAVAILABLE', reason: 'AWAY', message });

describe('createTaskQueue', () => {
  it('gives results, and does no more at a time than it may', async () => {
    const { queue, began, task, finish } = setUp({ maxConcurrent: 2 });
    const results = ['a', 'b', 'c'].map((name) => queue.submit(task(name)));
    await turn();
    expect(began).toEqual(['a', 'b']);
    expect(queue.status()).toMatchObject([{ running: 2, queued: 1 }]);
    await finish('a');
    expect(began).toEqual(['a', 'b', 'c']);
    await finish('b', 'c');
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(queue.status()).toMatchObject([{ running: 0, queued: 0, oldestMs: undefined }]);
  });

  it("begins no task on the stack of who brings it, and gives it a call of nobody under the caller's id", async () => {
    const { queue } = setUp();
    const log: string[] = [];
    const caller = {
      ...backgroundCall({ callId: 'c-1', job: 'the caller', signal: new AbortController().signal }),
      principal: { userId: 'u-1', roles: [] },
      deadlineMs: 5,
    };
    const result = runInCall(caller, () =>
      queue.submit(async () => {
        log.push('task');
        return currentCall();
      }),
    );
    log.push('caller');
    expect(await result).toMatchObject({ callId: 'c-1', method: 'work', principal: undefined, deadlineMs: undefined });
    expect(log).toEqual(['caller', 'task']);
  });

  it('does the tasks of one key one after the other, and no others wait for them', async () => {
    const { queue, began, task, finish } = setUp();
    for (const name of ['a1', 'a2']) void queue.submit(task(name), { key: 'a' });
    void queue.submit(task('b1'), { key: 'b' });
    await turn();
    expect(began).toEqual(['a1', 'b1']);
    await finish('a1');
    expect(began).toEqual(['a1', 'b1', 'a2']);
  });

  it('begins the most important first', async () => {
    const { queue, began, task, finish } = setUp({ maxConcurrent: 1 });
    void queue.submit(task('first'));
    void queue.submit(task('export'), { priority: 'sheddable' });
    void queue.submit(task('usual'));
    void queue.submit(task('urgent'), { priority: 'critical' });
    await turn();
    for (const name of ['first', 'urgent', 'usual']) await finish(name);
    expect(began).toEqual(['first', 'urgent', 'usual', 'export']);
  });

  it('begins so many attempts in a second, and the rest as their time comes', async () => {
    const { queue, began, task, pass } = setUp({ rate: { ratePerSecond: 10, burst: 2 } });
    for (const name of ['a', 'b', 'c', 'd']) void queue.submit(task(name));
    await turn();
    expect(began).toEqual(['a', 'b']);
    await pass(99);
    expect(began).toHaveLength(2);
    await pass(1);
    expect(began).toEqual(['a', 'b', 'c']);
    await pass(100);
    expect(began).toEqual(['a', 'b', 'c', 'd']);
  });

  it('begins a delayed task when its time comes, and no other of its key waits for it', async () => {
    const { queue, began, task, pass } = setUp();
    void queue.submit(task('later'), { key: 'a', delayMs: 50 });
    void queue.submit(task('now'), { key: 'b' });
    await pass(49);
    expect(began).toEqual(['now']);
    await pass(1);
    expect(began).toEqual(['now', 'later']);
  });

  it('does what goes by one name once, until it has begun', async () => {
    const { queue, began, task, finish } = setUp({ maxConcurrent: 1 });
    void queue.submit(task('busy'));
    const results = ['r1', 'r2'].map((name) => queue.submit(task(name), { once: 'reload' }));
    await queue.post(task('r3'), { once: 'reload' });
    await finish('busy');
    void queue.submit(task('r4'), { once: 'reload' }); // r1 may have looked already
    await finish('r1');
    expect(await Promise.all(results)).toEqual(['r1', 'r1']);
    expect(began).toEqual(['busy', 'r1', 'r4']);
  });

  describe('that is full', () => {
    it('refuses, and says so', async () => {
      const { queue, task } = setUp({ maxConcurrent: 1, maxQueued: 1 });
      const refused: WorkEvents['refused'][] = [];
      queue.events.on('refused', (event) => refused.push(event));
      void queue.submit(task('a'));
      void queue.submit(task('b'));
      expect(queue.places).toBe(0);
      await expect(queue.submit(task('c'), { label: 'c' })).rejects.toMatchObject({
        status: 'UNAVAILABLE',
        reason: 'QUEUE_FULL',
        message: 'work: as many tasks wait as may',
      });
      await expect(queue.post(task('d'), { label: 'd' })).rejects.toMatchObject({ reason: 'QUEUE_FULL' });
      expect(refused.map(({ label }) => label)).toEqual(['c', 'd']);
    });

    it('holds back who brings more, in the order in which they came, where it is to', async () => {
      const { queue, began, task, finish } = setUp({ maxConcurrent: 1, maxQueued: 1, whenFull: 'wait' });
      const accepted: string[] = [];
      for (const name of ['a', 'b', 'c', 'd']) void queue.post(task(name)).then(() => accepted.push(name));
      await turn();
      expect(accepted).toEqual(['a', 'b']);
      expect(queue.status()).toMatchObject([{ running: 1, queued: 1, arriving: 2 }]);
      await finish('a');
      expect(accepted).toEqual(['a', 'b', 'c']);
      await finish('b');
      expect([accepted, began]).toEqual([
        ['a', 'b', 'c', 'd'],
        ['a', 'b', 'c'],
      ]);
    });

    it('lets who waits for room go by its signal, and tells when there is some', async () => {
      const { queue, began, task, finish } = setUp({ maxConcurrent: 1, maxQueued: 0, whenFull: 'wait' });
      void queue.submit(task('a'));
      const leaving = new AbortController();
      const letters: DeadTask[] = [];
      const post = queue.post(task('b'), { signal: leaving.signal, onDeadLetter: (letter) => letters.push(letter) });
      let hasRoom = false;
      void queue.room().then(() => (hasRoom = true));
      leaving.abort();
      await expect(post).rejects.toMatchObject({ name: 'AbortError' });
      await turn();
      expect([hasRoom, queue.places]).toEqual([false, 0]);
      await finish('a');
      expect([hasRoom, queue.places, began, letters]).toEqual([true, 1, ['a'], []]);
    });
  });

  describe('a task that fails', () => {
    const retry = { maxAttempts: 3, baseMs: 100, maxMs: 1_000 };

    it('is tried again after a wait in which others go on but not those of its key', async () => {
      const { queue, began, task, pass } = setUp({ maxConcurrent: 1, retry });
      const retried: WorkEvents['retried'][] = [];
      queue.events.on('retried', (event) => retried.push(event));
      const attempts: number[] = [];
      const flaky = queue.submit(
        async ({ attempt }) => {
          attempts.push(attempt);
          if (attempt < 3) throw away();
          return 'at last';
        },
        { key: 'a' },
      );
      void queue.submit(task('same key'), { key: 'a' });
      const other = queue.submit(async () => 'other');
      await turn();
      expect([attempts, await other, began]).toEqual([[1], 'other', []]);
      await pass(1_000);
      await pass(1_000);
      expect([attempts, await flaky, began]).toEqual([[1, 2, 3], 'at last', ['same key']]);
      expect(retried).toMatchObject([
        { queue: 'work', key: 'a', attempt: 1, error: { reason: 'AWAY' } },
        { queue: 'work', key: 'a', attempt: 2 },
      ]);
      expect(retried.every(({ delayMs, attempt }) => delayMs <= 100 * 2 ** (attempt - 1))).toBe(true);
    });

    it('is given up after its last attempt, or at once where it is refused for good', async () => {
      const { queue, pass } = setUp({ retry });
      let attempts = 0;
      const failing = queue.submit(async () => {
        attempts += 1;
        throw away(`attempt ${attempts}`);
      });
      const outcome = expect(failing).rejects.toThrow('attempt 3');
      for (let wait = 0; wait < 3; wait += 1) await pass(1_000);
      await outcome;
      const refusal = new AppError({ status: 'INVALID_ARGUMENT', reason: 'BAD', message: 'bad' });
      await expect(queue.submit(() => Promise.reject(refusal))).rejects.toBe(refusal);
    });

    it('is a dead letter where nobody waits for it', async () => {
      const { queue } = setUp();
      const told: DeadTask[] = [];
      const letters: DeadTask[] = [];
      queue.events.on('deadLettered', (letter) => told.push(letter));
      const error = away();
      const fail = () => Promise.reject(error);
      await queue.post(fail, { key: 'k', label: 'reload', onDeadLetter: (letter) => letters.push(letter) });
      await expect(queue.submit(fail)).rejects.toBe(error); // this one is told itself
      expect(letters).toEqual([{ queue: 'work', label: 'reload', key: 'k', attempts: 1, error }]);
      expect(told).toEqual(letters);
    });

    it('is told to stop when an attempt takes too long, and has its place until it does', async () => {
      const { queue, began, task, pass, finish } = setUp({ maxConcurrent: 1, attemptTimeoutMs: 100 });
      const slow = queue.submit(
        ({ signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      );
      void queue.submit(task('next'));
      const outcome = expect(slow).rejects.toMatchObject({
        status: 'DEADLINE_EXCEEDED',
        message: 'work: an attempt took longer than 100 ms',
      });
      await turn();
      await pass(99);
      expect(began).toEqual([]);
      await pass(1);
      await outcome;
      expect(began).toEqual(['next']);
      await finish('next');
    });
  });

  describe('a task whose time is over', () => {
    it('is not begun after its deadline, nor tried again; one under way is told to stop', async () => {
      const { queue, began, task, pass } = setUp({ maxConcurrent: 1, retry: { maxAttempts: 9, baseMs: 0, maxMs: 0 } });
      let signal: AbortSignal | undefined;
      const running = queue.submit(
        (context) => {
          ({ signal } = context);
          return new Promise(() => undefined); // it does not listen
        },
        { deadlineMs: 100 },
      );
      const waiting = queue.submit(task('waiting'), { deadlineMs: 100 });
      const outcomes = Promise.allSettled([running, waiting]);
      await turn();
      await pass(100);
      const overdue = { status: 'rejected', reason: { status: 'DEADLINE_EXCEEDED' } };
      expect(await outcomes).toMatchObject([overdue, overdue]);
      expect([signal?.aborted, began]).toEqual([true, []]);
      expect(queue.status()).toMatchObject([{ running: 1, queued: 0 }]);
      await expect(queue.submit(task('late'), { deadlineMs: 100 })).rejects.toMatchObject({
        status: 'DEADLINE_EXCEEDED',
      });
    });

    it('does not begin when nobody waits for it any more, and is told to stop when it has', async () => {
      const { queue, began, task, finish } = setUp({ maxConcurrent: 1 });
      const [leaving, staying] = [new AbortController(), new AbortController()];
      let isStopped = false;
      const running = queue.submit(
        ({ signal }) =>
          new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve((isStopped = true) as never))),
        { signal: leaving.signal },
      );
      const left = queue.submit(task('left'), { signal: leaving.signal });
      const shared = [leaving, staying].map(({ signal }) => queue.submit(task('shared'), { once: 'x', signal }));
      await turn();
      leaving.abort();
      const outcomes = await Promise.allSettled([running, left, shared[0]!]);
      expect(outcomes.every((one) => one.status === 'rejected' && one.reason.name === 'AbortError')).toBe(true);
      await turn();
      expect([isStopped, began]).toEqual([true, ['shared']]);
      await finish('shared');
      expect(await shared[1]).toBe('shared');
    });
  });

  describe('that is closed', () => {
    it('takes nothing more, ends what it can in time, and reports what is left', async () => {
      const { queue, task, finish, clock } = setUp({
        maxConcurrent: 2,
        retry: { maxAttempts: 2, baseMs: 0, maxMs: 0 },
      });
      const letters: DeadTask[] = [];
      const onDeadLetter = (letter: DeadTask) => letters.push(letter);
      const done = queue.submit(task('done'));
      await queue.post(task('stuck'), { key: 's', label: 'stuck', onDeadLetter });
      await queue.post(task('behind'), { key: 's', label: 'behind', onDeadLetter });
      await queue.post(task('tomorrow'), { delayMs: 86_400_000, label: 'tomorrow', onDeadLetter });
      const drained: WorkEvents['drained'][] = [];
      queue.events.on('drained', (event) => drained.push(event));
      const closing = queue.close({ timeoutMs: 1_000 });
      await expect(queue.submit(task('late'))).rejects.toMatchObject({ reason: 'QUEUE_CLOSED' });
      await finish('done');
      expect(await done).toBe('done');
      clock.advance(1_000);
      const report = await closing;
      expect(report).toEqual({
        ended: 1,
        left: [
          { label: 'tomorrow', key: undefined, attempts: 0, wasRunning: false },
          { label: 'stuck', key: 's', attempts: 1, wasRunning: true },
          { label: 'behind', key: 's', attempts: 0, wasRunning: false },
        ],
      });
      expect(letters.map(({ label, error }) => [label, (error as AppError).reason])).toEqual([
        ['tomorrow', 'QUEUE_CLOSED'],
        ['stuck', 'QUEUE_CLOSED'],
        ['behind', 'QUEUE_CLOSED'],
      ]);
      expect(drained).toEqual([{ queue: 'work', ...report }]);
      expect(await queue.close()).toBe(report);
    });

    it('tells at once when nothing is left to do, and refuses who waited for room', async () => {
      const { queue, task, finish } = setUp({ maxConcurrent: 1, maxQueued: 0, whenFull: 'wait' });
      void queue.submit(task('a'));
      const arriving = expect(queue.post(task('b'))).rejects.toMatchObject({ reason: 'QUEUE_CLOSED' });
      const closing = queue.close();
      await arriving;
      await finish('a');
      expect(await closing).toEqual({ ended: 1, left: [] });
    });
  });

  it('says what waits, and for how long, to who asks after the process', async () => {
    const { queue, task, pass } = setUp({ maxConcurrent: 1, backlog: { warnAfterSeconds: 5, advice: 'Look.' } });
    for (const name of ['a', 'b', 'c']) void queue.submit(task(name));
    await pass(2_500);
    const [backlog] = queue.backlogs();
    expect(backlog).toMatchObject({ name: 'work', warnAfterSeconds: 5, advice: 'Look.' });
    expect(await backlog!.measure()).toEqual({ count: 2, oldestSeconds: 2.5 });
  });

  it('refuses limits that make no sense, by their name', async () => {
    expect(() => createTaskQueue({ name: 'x', maxConcurrent: 0 })).toThrow('maxConcurrent: must be a whole number');
    expect(() => createTaskQueue({ name: 'x', retry: { maxAttempts: 0 } })).toThrow('retry.maxAttempts');
    expect(() => createTaskQueue({ name: 'x', rate: { ratePerSecond: 0, burst: 1 } })).toThrow('ratePerSecond');
    const queue = createTaskQueue({ name: 'x' });
    await expect(queue.submit(async () => undefined, { delayMs: Number.NaN })).rejects.toThrow('delayMs: must be');
    await expect(queue.post(async () => undefined, { delayMs: -1 })).rejects.toThrow('delayMs: must be');
  });
});
