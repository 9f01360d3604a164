import { describe, expect, it } from '@jest/globals';

import { AppError, createDeferred } from '../../../../src/chassis/core/index.ts';
import type { EventHandler, HandlerContext, ReceivedEvent } from '../../../../src/chassis/events/index.ts';
import { createEventBus, type DeadLetter } from '../../../../src/chassis/in-process/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

/** What the bus of these tests tells. */
interface Told {
  'price.changed': { readonly cents: number };
  'price.removed': { readonly reason: string };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const away = new AppError({ status: 'UNAVAILABLE', reason: 'AWAY', message: 'not now' });
const never = () => new Promise<void>(() => undefined);

function setUp() {
  const clock = createManualClock();
  let ids = 0;
  const newId = () => `e-${(ids += 1)}`;
  const bus = createEventBus<Told>({ source: 'shop', clock, random: seededRandom(1), newId });
  const publish = (aggregateId: string, cents = 1) =>
    bus.publish({ type: 'price.changed', aggregateType: 'product', aggregateId, data: { cents } });
  const letters: DeadLetter[] = [];
  const onDeadLetter = (letter: DeadLetter) => letters.push(letter);
  return { clock, bus, publish, letters, onDeadLetter };
}

describe('createEventBus', () => {
  it('tells every subscriber what it handles, with the attributes that a consumer is given', async () => {
    const { bus, publish } = setUp();
    const seen: unknown[] = [];
    const prices: EventHandler<Told['price.changed'], HandlerContext> = async (event, { attempt }) =>
      void seen.push(['prices', event, attempt]);
    bus.subscribe({ name: 'prices', handlers: { 'price.changed': prices } });
    bus.subscribe({ name: 'removals', handlers: { 'price.removed': async ({ data }) => void seen.push(data.reason) } });
    await publish('p1', 250);
    await bus.publish({
      ...{ type: 'price.removed', aggregateType: 'product', aggregateId: 'p1', sequence: 7n },
      data: { reason: 'sold out' },
    });
    await turn();
    const event: ReceivedEvent = {
      ...{ id: 'e-1', source: 'shop', type: 'price.changed', aggregateType: 'product', aggregateId: 'p1' },
      ...{ sequence: 1n, position: 1n, time: new Date(0), data: { cents: 250 }, traceparent: undefined },
    };
    expect(seen).toEqual([['prices', event, 1], 'sold out']);
  });

  it('keeps the order of each aggregate, also over retries, and lets no other wait for it', async () => {
    const { bus, publish, clock } = setUp();
    const done: string[] = [];
    bus.subscribe({
      name: 'prices',
      handlers: {
        'price.changed': async ({ aggregateId, data }, { attempt }) => {
          if (aggregateId === 'p1' && data.cents === 1 && attempt < 3) throw away;
          done.push(`${aggregateId}:${data.cents}`);
        },
      },
    });
    await Promise.all([publish('p1', 1), publish('p1', 2), publish('p2', 1), publish('p1', 3)]);
    await turn();
    expect(done).toEqual(['p2:1']);
    for (let retry = 0; retry < 2; retry += 1) {
      clock.advance(2_000);
      await turn();
    }
    expect(done).toEqual(['p2:1', 'p1:1', 'p1:2', 'p1:3']);
  });

  it('holds nobody up for a subscriber that is slow or fails', async () => {
    const { bus, publish } = setUp();
    const done: string[] = [];
    bus.subscribe({ name: 'slow', handlers: { 'price.changed': never }, maxConcurrent: 1 });
    bus.subscribe({ name: 'failing', handlers: { 'price.changed': () => Promise.reject(away) } });
    bus.subscribe({
      name: 'quick',
      handlers: { 'price.changed': async ({ aggregateId }) => void done.push(aggregateId) },
    });
    for (const id of ['p1', 'p2', 'p3']) await publish(id);
    await turn();
    expect(done).toEqual(['p1', 'p2', 'p3']);
  });

  it('makes a dead letter of what fails five times, and at once of what is refused', async () => {
    const { bus, publish, letters, onDeadLetter, clock } = setUp();
    const refusal = new AppError({ status: 'INVALID_ARGUMENT', reason: 'NO_PRICE', message: 'no' });
    bus.subscribe({
      name: 'prices',
      handlers: { 'price.changed': ({ aggregateId }) => Promise.reject(aggregateId === 'p1' ? away : refusal) },
      onDeadLetter,
    });
    await publish('p1');
    await publish('p2');
    await turn();
    expect(letters).toMatchObject([
      { subscriber: 'prices', event: { aggregateId: 'p2' }, attempts: 1, error: refusal },
    ]);
    for (let retry = 0; retry < 4; retry += 1) {
      expect(letters).toHaveLength(1);
      clock.advance(2_000);
      await turn();
    }
    expect(letters[1]).toMatchObject({ event: { aggregateId: 'p1', id: 'e-1' }, attempts: 5, error: away });
  });

  it('tells the publisher who did not take an event, once the others have it', async () => {
    const { bus, publish, letters, onDeadLetter } = setUp();
    const done: string[] = [];
    const full = { maxConcurrent: 1, maxQueued: 1, onDeadLetter };
    bus.subscribe({ name: 'full', handlers: { 'price.changed': never }, ...full });
    bus.subscribe({ name: 'free', handlers: { 'price.changed': async ({ data }) => void done.push(`${data.cents}`) } });
    await publish('p1', 1);
    await publish('p1', 2);
    await expect(publish('p1', 3)).rejects.toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'QUEUE_FULL',
      message: 'price.changed was not taken by full: full: as many tasks wait as may',
      metadata: { subscribers: 'full' },
    });
    await turn();
    expect(done).toEqual(['1', '2', '3']);
    expect(letters).toMatchObject([{ subscriber: 'full', event: { data: { cents: 3 } }, attempts: 0 }]);
  });

  it('holds the publisher back where a full subscriber says so', async () => {
    const { bus, publish } = setUp();
    const ends = [createDeferred(), createDeferred()];
    const waiting = ends.map(({ promise }) => promise);
    bus.subscribe({
      ...{ name: 'slow', maxConcurrent: 1, maxQueued: 0, whenFull: 'wait' },
      handlers: { 'price.changed': ({ data }) => waiting[data.cents]! },
    });
    await publish('p1', 0);
    let isPublished = false;
    void publish('p2', 1).then(() => (isPublished = true));
    await turn();
    expect(isPublished).toBe(false);
    ends[0]!.resolve();
    await turn();
    expect(isPublished).toBe(true);
  });

  it('tells a subscriber that has left nothing more, and takes nothing once it is closed', async () => {
    const { bus, publish } = setUp();
    const done: string[] = [];
    const handlers = { 'price.changed': async () => void done.push('told') };
    const leaving = bus.subscribe({ name: 'prices', handlers });
    expect(() => bus.subscribe({ name: 'prices', handlers })).toThrow('the bus has a subscriber "prices"');
    await publish('p1');
    expect(await leaving.close()).toMatchObject({ left: [] });
    await publish('p1');
    bus.subscribe({ name: 'prices', handlers });
    expect(await bus.close()).toEqual({ ended: 0, left: [] });
    await expect(publish('p1')).rejects.toMatchObject({ reason: 'QUEUE_CLOSED' });
    expect(done).toEqual(['told']);
  });
});
