import { describe, expect, it } from '@jest/globals';

import { AppError, newId, raceAbort } from '../../../src/chassis/core/index.ts';
import { appendEvents, createFeedCourier } from '../../../src/chassis/events/index.ts';
import { noteEffect, thingMoved } from '../../support/events/event-consumer.ts';
import { consumerStage } from '../../support/events/consumer-stage.ts';
import { eventSource, startPublisher } from '../../support/events/event-publisher.ts';
import { eventually } from '../../support/eventually.ts';

const { publisher, consumers, member } = await consumerStage();
const told = async (name: string) =>
  (await consumers.effects(name)).map(({ aggregate_id: id, sequence }) => `${id.slice(-1)}${sequence}`);
const outbox = () =>
  consumers.database.rows<{ aggregate_id: string }>({
    name: 'all-events',
    text: `SELECT aggregate_id FROM outbox WHERE aggregate_type = 'echo' ORDER BY aggregate_id`,
  });

describe('a consumer', () => {
  it('takes back what a failing handler did, the events it told of included, and nothing of the others', async () => {
    const next = eventSource();
    await publisher.write(next('a'), next('b'), next('c'));
    await using running = member('echo', {
      async handle(event, context) {
        const name = event.aggregateId.slice(-1);
        await noteEffect('echo')(event, context);
        await appendEvents(context.tx, [
          { aggregateType: 'echo', aggregateId: name, sequence: 1n, type: 'echo.heard', payload: {} },
        ]);
        if (name === 'b') throw new AppError({ status: 'INVALID_ARGUMENT', reason: 'NO', message: 'not b' });
      },
    });
    await eventually(() => expect(running.told.buried).toHaveLength(1));
    await eventually(async () => expect((await told('echo')).toSorted()).toEqual(['a1', 'c1']));
    expect((await outbox()).map(({ aggregate_id: id }) => id)).toEqual(['a', 'c']);
  });

  it('finds the bad one of many that are handled at once', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    await publisher.write(...['o', 'p', 'q', 'r', 's'].map((name) => next(name)));
    await using running = member('bulk', {
      consumer: {
        on: undefined as never, // `many` instead
        many: {
          types: [thingMoved],
          async handle(events, context) {
            for (const event of events) await noteEffect('bulk')(event, { ...context, attempt: 1 });
            if (events.some(({ aggregateId }) => aggregateId.endsWith('q'))) {
              throw new AppError({ status: 'INVALID_ARGUMENT', reason: 'NO', message: 'not q' });
            }
          },
        },
      },
    });
    await eventually(() => expect(running.told.buried).toMatchObject([{ aggregateId: `${prefix}-q` }]));
    const mine = async () => (await told('bulk')).filter((one) => /[o-s]1/.test(one)).toSorted();
    await eventually(async () => expect(await mine()).toEqual(['o1', 'p1', 'r1', 's1']));
  });

  it('waits for a publisher that is away, and goes on when it is back', async () => {
    const next = eventSource();
    await using running = member('patient');
    await eventually(() => expect(running.told.assigned).toHaveLength(1));
    await publisher.cut();
    await publisher.write(next('x'));
    await eventually(() => expect(running.told.interrupted.length).toBeGreaterThan(1));
    await publisher.serve();
    await eventually(async () => expect(await told('patient')).toContain('x1'), { timeoutMs: 15_000 });
  });

  it('stops where its publisher was restored from a backup, however long the log is then', async () => {
    await using restored = await startPublisher();
    const next = eventSource();
    await using running = member('ahead', { courier: createFeedCourier({ client: () => restored.client() }) });
    await restored.write(next('k'), next('k'), next('k'));
    await eventually(async () => expect(await told('ahead')).toEqual(['k1', 'k2', 'k3']));
    await restored.restore(1n);
    const stops = () =>
      running.told.interrupted.filter(({ error }) => AppError.from(error).reason === 'POSITION_AHEAD');
    await eventually(() => expect(stops()).not.toHaveLength(0));
    await restored.write(next('l'), next('m'), next('n'), next('k'));
    const before = stops().length;
    await eventually(() => expect(stops().length).toBeGreaterThan(before + 2), { timeoutMs: 15_000 });
    expect(await told('ahead')).toEqual(['k1', 'k2', 'k3']);
  });

  it('goes on by itself where the restored log was moved beyond what anybody has read', async () => {
    await using restored = await startPublisher();
    const next = eventSource();
    await using running = member('unmoved', { courier: createFeedCourier({ client: () => restored.client() }) });
    await restored.write(next('k'), next('k'), next('k'));
    await eventually(async () => expect(await told('unmoved')).toEqual(['k1', 'k2', 'k3']));
    await restored.restore(1n, 1_000n);
    await restored.write(next('l'));
    await eventually(async () => expect(await told('unmoved')).toEqual(['k1', 'k2', 'k3', 'l1']));
    expect(running.told.interrupted.map(({ error }) => AppError.from(error).reason)).not.toContain('POSITION_AHEAD');
  });

  it('is told that what it had not read was dropped, also before its first event, unlike one that is new', async () => {
    await using forgetting = await startPublisher();
    const courier = createFeedCourier({ client: () => forgetting.client() });
    const next = eventSource();
    const early = member('early', { courier });
    const begun = `SELECT bool_and(begun) AS begun FROM inbox_partition WHERE consumer = 'early'`;
    await eventually(async () => {
      const row = await consumers.database.one<{ begun: boolean }>({ name: 'begun', text: begun });
      expect(row?.begun).toBe(true);
    });
    await early.stop();
    await forgetting.write(next('t'));
    await forgetting.database.execute({
      name: 'drop-all',
      text: `SELECT drop_event_days('outbox', clock_timestamp() + interval '2 days')`,
    });
    await forgetting.write(next('u'));
    await using back = member('early', { courier });
    await using _ = member('late', { courier });
    await eventually(async () => expect(await told('late')).toEqual(['u1']));
    await eventually(() => {
      const reasons = back.told.interrupted.map(({ error }) => AppError.from(error).reason);
      expect(reasons).toContain('POSITION_EXPIRED');
    });
    expect(await told('early')).toEqual([]);
  });

  it('leaves an event where it is when not the event is to blame, and handles it when things are better', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    let isAway = true;
    await using running = member('blameless', {
      async handle(event, context) {
        if (event.aggregateId === `${prefix}-y` && isAway) {
          isAway = false;
          throw new AppError({ status: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE', message: 'away' });
        }
        await noteEffect('blameless')(event, context);
      },
    });
    await publisher.write(next('y'));
    await eventually(async () => expect(await told('blameless')).toContain('y1'));
    expect(running.told.parked).toHaveLength(0);
    expect(running.told.interrupted).toHaveLength(1);
  });

  it('begins no handler once it stops', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    const begun: bigint[] = [];
    const running = member('stopping', {
      async handle(event, { signal }) {
        if (!event.aggregateId.startsWith(prefix)) return;
        begun.push(event.sequence);
        await raceAbort(new Promise(() => undefined), signal).catch(() => undefined);
      },
    });
    await publisher.write(next('z'), next('z'), next('z'));
    await eventually(() => expect(begun).toHaveLength(1));
    await running.stop();
    expect(begun).toEqual([1n]);
    await using _ = member('stopping');
    await eventually(async () => expect(await told('stopping')).toEqual(expect.arrayContaining(['z1', 'z2', 'z3'])));
  });

  it('does nothing under a claim that another member has', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    await using running = member('zombie');
    await publisher.write(next('before'));
    await eventually(async () =>
      expect((await consumers.effects('zombie')).at(-1)?.aggregate_id).toBe(`${prefix}-before`),
    );
    await consumers.database.execute({
      name: 'take-over',
      text: `UPDATE inbox_partition
        SET owner = 'another', token = token + 1, expire_time = clock_timestamp() + interval '1 hour'
        WHERE consumer = 'zombie'`,
    });
    await publisher.write(next('after'));
    await eventually(() => expect(running.told.assigned.at(-1)?.partitions).toHaveLength(0));
    expect((await consumers.effects('zombie')).some(({ aggregate_id: id }) => id === `${prefix}-after`)).toBe(false);
  });
});
