import { describe, expect, it } from '@jest/globals';

import { EventServiceDefinition } from '../../../gen/tradewind/events/v1/event_service.ts';
import { createClientFactory } from '../../../src/chassis/client/index.ts';
import { AppError, newId, systemClock } from '../../../src/chassis/core/index.ts';
import { createFeedCourier, type CarriedEvent, type Courier } from '../../../src/chassis/events/index.ts';
import { noteEffect } from '../../support/events/event-consumer.ts';
import { consumerStage } from '../../support/events/consumer-stage.ts';
import { eventSource } from '../../support/events/event-publisher.ts';
import { eventually } from '../../support/eventually.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

const { publisher, consumers, member } = await consumerStage();
const sequences = async (name: string, prefix: string) =>
  (await consumers.effects(name))
    .filter(({ aggregate_id: id }) => id.startsWith(prefix))
    .map(({ sequence }) => Number(sequence));
const oneTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const sleep = (seconds: number) => ({ name: 'sleep', text: `SELECT pg_sleep(${seconds})` });

describe('a consumer whose handlers are slow', () => {
  it('gets a batch done that takes longer than anybody waits for a lock', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    await publisher.write(...oneTo(30).map(() => next('a')));
    await using running = member('slow', {
      async handle(event, context) {
        if (!event.aggregateId.startsWith(prefix)) return;
        await context.tx.rows(sleep(0.2));
        await noteEffect('slow')(event, context);
      },
    });
    await eventually(async () => expect(await sequences('slow', prefix)).toEqual(oneTo(30)), { timeoutMs: 15_000 });
    expect(running.told.interrupted).toEqual([]);
  }, 40_000);

  it('has until its time-out, whether or not it asks the database anything meanwhile', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    await publisher.write(next('a'));
    await using running = member('thinker', {
      async handle(event, context) {
        if (!event.aggregateId.startsWith(prefix)) return;
        await systemClock.sleep(3_500, context.signal);
        await noteEffect('thinker')(event, context);
      },
    });
    await eventually(async () => expect(await sequences('thinker', prefix)).toEqual([1]), { timeoutMs: 10_000 });
    expect(running.told.interrupted).toEqual([]);
  }, 30_000);

  it('loses what it has locked where it stands still for longer than it said, and begins again', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    await publisher.write(next('a'));
    let waits = [2_000]; // the first time alone
    await using running = member('frozen', {
      consumer: { idleMs: 200 },
      async handle(event, context) {
        if (!event.aggregateId.startsWith(prefix)) return;
        const [waitMs] = waits;
        waits = [];
        if (waitMs !== undefined) await systemClock.sleep(waitMs, context.signal);
        await noteEffect('frozen')(event, context);
      },
    });
    await eventually(async () => expect(await sequences('frozen', prefix)).toEqual([1]));
    expect(running.told.interrupted).toMatchObject([{ error: { reason: 'DATABASE_UNAVAILABLE' } }]);
  }, 30_000);
});

describe('a consumer whose publisher stands still', () => {
  it('goes on at another instance of it, long before the connection is found to be dead', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    const { address } = publisher.instance('publisher');
    await using proxy = await startTcpProxy(address);
    await using clients = createClientFactory({ from: 'consumer', retry: { maxAttempts: 1 } });
    let at = proxy.address;
    const client = () => clients.client(EventServiceDefinition, `static:///${at}`);
    await using running = member('deserted', { courier: createFeedCourier({ client }) });
    await publisher.write(next('a'));
    await eventually(async () => expect(await sequences('deserted', prefix)).toEqual([1]));
    at = address;
    await proxy.set({ kind: 'black hole' });
    await publisher.write(next('a'));
    await eventually(async () => expect(await sequences('deserted', prefix)).toEqual([1, 2]));
    expect(running.told.interrupted).toMatchObject([{ error: { status: 'UNAVAILABLE', reason: 'FEED_SILENT' } }]);
  }, 40_000);

  it('stays with one that has nothing to tell', async () => {
    await using running = member('patient');
    await eventually(() => expect(running.told.assigned).not.toHaveLength(0));
    await systemClock.sleep(4_500);
    expect(running.told.interrupted).toEqual([]);
  }, 30_000);
});

/** Brings this, once. */
function bringing(events: readonly CarriedEvent[]): Courier {
  const close = async () => {};
  return {
    name: 'feed',
    async *open({ signal }) {
      yield { events, through: undefined, handled: () => {} };
      await systemClock.sleep(60_000, signal);
    },
    oldestPosition: async () => 0n,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const carried = (more: Partial<CarriedEvent>): CarriedEvent => ({
  ...{ id: crypto.randomUUID(), source: 'publisher', type: 'thing.moved', aggregateType: 'thing', aggregateId: 'a' },
  ...{ partition: 3, sequence: 1n, position: 1n, time: new Date(), data: '{}', traceparent: undefined },
  ...more,
});

describe('a consumer whose courier is not to be trusted', () => {
  it('handles an event once that comes twice at the same time', async () => {
    const prefix = newId();
    const event = carried({ aggregateId: prefix });
    const courier = bringing([event, event, carried({ aggregateId: prefix, sequence: 2n, position: 2n })]);
    await using _ = member('twins', { courier });
    await eventually(async () => expect((await sequences('twins', prefix)).at(-1)).toBe(2));
    expect(await sequences('twins', prefix)).toEqual([1, 2]);
  });

  it('buries an event whose data is no JSON, and goes on', async () => {
    const prefix = newId();
    const broken = carried({ aggregateId: prefix, data: '{"number": 1' });
    const courier = bringing([broken, carried({ aggregateId: prefix, sequence: 2n, position: 2n })]);
    await using running = member('garbled', { courier });
    await eventually(async () => expect(await sequences('garbled', prefix)).toEqual([2]));
    expect(running.told.buried).toMatchObject([{ eventId: broken.id, failure: { reason: 'EVENT_UNREADABLE' } }]);
  });

  it.each([
    ['a NUL', '{"number": 1, "text": "\\u0000"}'],
    ['half a character', '{"number": 1, "text": "\\ud83d"}'],
  ])('buries an event that fails with %s in its data, which no database keeps, and goes on', async (_, data) => {
    const prefix = newId();
    const broken = carried({ aggregateId: prefix, data });
    const name = `unkept-${prefix}`;
    const courier = bringing([broken, carried({ aggregateId: `${prefix}-2`, position: 2n })]);
    await using running = member(name, {
      courier,
      async handle(event, context) {
        if (event.id === broken.id) throw new AppError({ status: 'INVALID_ARGUMENT', reason: 'NO', message: 'no' });
        await noteEffect(name)(event, context);
      },
    });
    await eventually(() => expect(running.told.buried).toMatchObject([{ eventId: broken.id }]));
    expect(await sequences(name, `${prefix}-2`)).toEqual([1]);
  });
});

describe('events that are large', () => {
  it('all come, however many there are of them', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    const large = () => ({ ...next('a'), payload: { text: 'x'.repeat(50_000) } });
    for (const _ of oneTo(4)) await publisher.write(...oneTo(50).map(large));
    await using running = member('heavy');
    await eventually(async () => expect(await sequences('heavy', prefix)).toEqual(oneTo(200)), { timeoutMs: 15_000 });
    expect(running.told.interrupted).toEqual([]);
  }, 30_000);
});
