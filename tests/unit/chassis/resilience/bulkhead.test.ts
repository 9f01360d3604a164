import { describe, expect, it } from '@jest/globals';

import { createBulkhead } from '../../../../src/chassis/resilience/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

function setUp(maxConcurrent: number, maxQueued: number) {
  const clock = createManualClock();
  return { clock, bulkhead: createBulkhead('the carrier', { maxConcurrent, maxQueued }, { clock }) };
}

/** What became of an entry, once promises had their turn. */
function watch(entry: Promise<void>) {
  const seen: { outcome: string } = { outcome: 'waiting' };
  entry.then(
    () => (seen.outcome = 'inside'),
    (error: Error) => (seen.outcome = error.message),
  );
  return seen;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('createBulkhead', () => {
  it('lets so many in, and nobody else', () => {
    const { bulkhead } = setUp(2, 0);
    expect([bulkhead.tryEnter(), bulkhead.tryEnter(), bulkhead.tryEnter()]).toEqual([true, true, false]);
    bulkhead.leave();
    expect(bulkhead.tryEnter()).toBe(true);
  });

  it('serves the queue in the order of arrival, and lets nobody overtake', async () => {
    const { bulkhead } = setUp(1, 2);
    bulkhead.tryEnter();
    const first = watch(bulkhead.enter());
    const second = watch(bulkhead.enter());
    bulkhead.leave();
    expect(bulkhead.tryEnter()).toBe(false);
    await turn();
    expect([first.outcome, second.outcome]).toEqual(['inside', 'waiting']);
    bulkhead.leave();
    await turn();
    expect(second.outcome).toBe('inside');
  });

  it('refuses at once who finds the queue full, or comes after the deadline', async () => {
    const { bulkhead } = setUp(1, 1);
    bulkhead.tryEnter();
    await expect(bulkhead.enter({ deadlineMs: 0 })).rejects.toThrow('the deadline has passed');
    watch(bulkhead.enter());
    await expect(bulkhead.enter()).rejects.toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'BULKHEAD_FULL',
      message: 'the carrier: all places are taken and the queue is full',
    });
    expect(bulkhead.status).toMatchObject({ inside: 1, queued: 1, rejections: 2 });
  });

  it('refuses at its deadline who was not served, and no other', async () => {
    const { bulkhead, clock } = setUp(1, 2);
    bulkhead.tryEnter();
    const hasty = watch(bulkhead.enter({ deadlineMs: 100 }));
    const patient = watch(bulkhead.enter({ deadlineMs: 1_000 }));
    clock.advance(100);
    bulkhead.leave();
    await turn();
    expect([hasty.outcome, patient.outcome]).toEqual(['the carrier: no place came free before the deadline', 'inside']);
  });

  it('lets a waiting one leave by its signal', async () => {
    const { bulkhead } = setUp(1, 1);
    bulkhead.tryEnter();
    const aborting = new AbortController();
    const entry = bulkhead.enter({ signal: aborting.signal });
    aborting.abort();
    await expect(entry).rejects.toMatchObject({ name: 'AbortError' });
    expect(bulkhead.status).toMatchObject({ inside: 1, queued: 0, rejections: 0 });
  });

  it('admits who waits when it grows, and lets nobody in until enough left when it shrinks', async () => {
    const { bulkhead } = setUp(1, 4);
    bulkhead.tryEnter();
    const waiting = [1, 2, 3].map(() => watch(bulkhead.enter()));
    bulkhead.resize({ maxConcurrent: 3, maxQueued: 4 });
    await turn();
    expect(waiting.map(({ outcome }) => outcome)).toEqual(['inside', 'inside', 'waiting']);
    bulkhead.resize({ maxConcurrent: 1, maxQueued: 4 });
    bulkhead.leave();
    bulkhead.leave();
    await turn();
    expect(waiting[2]?.outcome).toBe('waiting');
    bulkhead.leave();
    await turn();
    expect(waiting[2]?.outcome).toBe('inside');
  });

  it('throws when somebody leaves who never came', () => {
    expect(() => setUp(1, 0).bulkhead.leave()).toThrow('left by nobody');
  });

  it('names the bound that makes no sense', () => {
    expect(() => setUp(0, 0)).toThrow('maxConcurrent: must be a whole number, at least 1; it is 0');
    expect(() => setUp(1, Infinity)).toThrow('maxQueued: must be a whole number, at least 0; it is Infinity');
  });
});
