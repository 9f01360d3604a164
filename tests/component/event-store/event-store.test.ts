import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { newId } from '../../../src/chassis/core/index.ts';
import {
  createEventStore,
  EVENT_STORE_MIGRATIONS,
  type EventStore,
  type Stream,
} from '../../../src/chassis/event-store/index.ts';
import { migrate, type Queryable } from '../../../src/chassis/store/index.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';
import { jarAggregate, type Jar, type JarEvent } from './jar.ts';

const sql = (name: string, text: string) => ({ name, text });

let test: TestDatabase;
let jars: EventStore<Jar, JarEvent>;
beforeAll(async () => {
  test = await testDatabase();
  await migrate({ url: test.url, directories: [EVENT_STORE_MIGRATIONS] });
  jars = createEventStore(jarAggregate());
});
afterAll(() => test.close());

const add = (marbles: number): JarEvent => ({ kind: 'added', marbles });
const take = (marbles: number): JarEvent => ({ kind: 'taken', marbles });

async function read(id: string, store = jars): Promise<Stream<Jar>> {
  const stream = (await store.load(test.database, [id])).get(id);
  if (stream === undefined) throw new Error(`there is no jar ${id}`);
  return stream;
}

async function append(id: string, before: Stream<Jar> | undefined, ...events: readonly JarEvent[]) {
  const changed = await test.database.transaction((tx) => jars.append(tx, [{ id, before, events }]));
  return changed.get(id)!;
}

/** A jar with so many events, three in each append. */
async function jarOf(events: number): Promise<Stream<Jar>> {
  const id = newId();
  let jar: Stream<Jar> | undefined;
  for (let written = 0; written < events; written += 3) {
    jar = await append(id, jar, ...[add(5), take(1), add(2)].slice(0, events - written));
  }
  return jar!;
}

const conflict = { status: 'ABORTED', reason: 'STREAM_CONFLICT' };

describe('EventStore.append', () => {
  it('gives the stream as it is read afterwards, event by event', async () => {
    const jar = await jarOf(5);
    expect(jar).toMatchObject({ version: 5n, state: { marbles: 10, seen: ['1', '2', '3', '4', '5'] } });
    expect(await read(jar.id)).toEqual(jar);
    const history = await jars.history(test.database, jar.id, { after: 1n, limit: 2 });
    expect(history).toMatchObject([
      { version: 2n, event: take(1), streamId: jar.id },
      { version: 3n, event: add(2) },
    ]);
    expect(await jars.load(test.database, [newId()])).toEqual(new Map());
  });

  it('lets one of twenty racers through that read the same version, whether they lock or not', async () => {
    for (const locking of [false, true]) {
      const jar = await jarOf(3);
      const race = (tx: Queryable, marbles: number) =>
        jars.append(tx, [{ id: jar.id, before: jar, events: [add(marbles), take(1)] }]);
      const racers = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          test.database.transaction(async (tx) => {
            if (locking) await jars.lock(tx, [jar.id]);
            return race(tx, 100 + index);
          }),
        ),
      );
      const winner = racers.findIndex(({ status }) => status === 'fulfilled');
      expect(racers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const racer of racers) if (racer.status === 'rejected') expect(racer.reason).toMatchObject(conflict);
      expect(await read(jar.id)).toMatchObject({
        version: 5n,
        state: { marbles: jar.state.marbles + 100 + winner - 1 },
      });
    }
  });

  it('lets one of twenty racers begin a stream', async () => {
    const id = newId();
    const racers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => append(id, undefined, add(index))),
    );
    expect(racers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const racer of racers) if (racer.status === 'rejected') expect(racer.reason).toMatchObject(conflict);
    expect((await read(id)).version).toBe(1n);
  });

  it('refuses a version that is over, one that is not yet, and a stream of another type', async () => {
    const jar = await jarOf(6);
    const { state, id } = jar;
    await expect(append(id, { id, state, version: 3n }, add(1))).rejects.toMatchObject({
      ...conflict,
      metadata: { stream: id, expected_version: '3' },
    });
    await expect(append(id, { id, state, version: 9n }, add(1))).rejects.toMatchObject(conflict);
    await expect(append(newId(), jar, add(1))).rejects.toMatchObject(conflict);
    const boxes = createEventStore({ ...jarAggregate(), type: 'box' });
    const box = test.database.transaction((tx) => boxes.append(tx, [{ id, before: jar, events: [add(1)] }]));
    await expect(box).rejects.toMatchObject(conflict);
    expect(await boxes.load(test.database, [id])).toEqual(new Map());
    expect(await read(id)).toEqual(jar);
  });

  it('appends to many streams or, where one was changed, to none', async () => {
    const [one, two] = [await jarOf(2), await jarOf(4)];
    const begin = { id: newId(), before: undefined, events: [add(7)] };
    const together = () =>
      test.database.transaction((tx) =>
        jars.append(tx, [
          { id: one.id, before: one, events: [add(1)] },
          begin,
          { id: two.id, before: two, events: [take(1)] },
        ]),
      );
    const moved = await append(two.id, two, add(9));
    await expect(together()).rejects.toMatchObject({ ...conflict, metadata: { stream: two.id } });
    expect([await read(one.id), await read(two.id)]).toEqual([one, moved]);
    expect(await jars.load(test.database, [begin.id])).toEqual(new Map());
  });

  it('waits for nobody who only reads, and locks in one order whatever was asked for', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => jarOf(1)));
    const ids = all.map(({ id }) => id);
    const rounds = Array.from({ length: 20 }, (_, round) =>
      test.database.transaction(async (tx) => {
        const streams = await jars.lock(tx, round % 2 === 0 ? ids : ids.toReversed());
        await jars.append(
          tx,
          ids.map((id) => ({ id, before: streams.get(id), events: [add(1)] })),
        );
      }),
    );
    await Promise.all(rounds);
    for (const id of ids) expect(await read(id)).toMatchObject({ version: 21n, state: { marbles: 25 } });
  });
});

describe('the snapshots of a stream', () => {
  const snapshotOf = (id: string) =>
    test.database.one<{ version: bigint | null }>(
      sql('snapshot', 'SELECT snapshot_version AS version FROM event_stream WHERE id = $1'),
      [id],
    );

  it('are kept every so many events, and folding all events gives the same as any of them', async () => {
    for (let events = 1; events <= 25; events += 1) {
      const jar = await jarOf(events);
      const { version } = (await snapshotOf(jar.id))!;
      if (events < 4) expect(version).toBeNull();
      else expect(Number(jar.version - version!)).toBeLessThan(4 + 3);
      expect(await read(jar.id)).toEqual(jar);
      await test.database.execute(
        sql(
          'drop',
          'UPDATE event_stream SET (snapshot, snapshot_version, snapshot_shape) = (NULL, NULL, NULL) WHERE id = $1',
        ),
        [jar.id],
      );
      expect(await read(jar.id)).toEqual(jar);
    }
  });

  it('are read from then on: what lies before them is not folded again', async () => {
    const jar = await jarOf(9);
    await test.database.execute(
      sql('forge', `UPDATE event_stream SET snapshot = '{"marbles":1000,"seen":[],"changeTime":0}' WHERE id = $1`),
      [jar.id],
    );
    expect((await read(jar.id)).state.marbles).toBeGreaterThanOrEqual(1000);
  });

  it('are ignored in a shape that is not known, and written anew in the one that is', async () => {
    const jar = await jarOf(9);
    await test.database.execute(sql('forge', `UPDATE event_stream SET snapshot = '"nonsense"' WHERE id = $1`), [
      jar.id,
    ]);
    const reshaped = createEventStore(jarAggregate(2));
    expect(await read(jar.id, reshaped)).toEqual(jar);
    const events = [add(1), add(1), add(1), add(1)];
    const after = await test.database.transaction((tx) => reshaped.append(tx, [{ id: jar.id, before: jar, events }]));
    expect(await snapshotOf(jar.id)).toEqual({ version: 9n });
    expect(await read(jar.id, reshaped)).toEqual(after.get(jar.id));
  });

  it('and events that are missing are damage, which is told', async () => {
    const jar = await jarOf(3);
    await test.database.execute(sql('lose', 'DELETE FROM stream_event WHERE stream_id = $1 AND version = 2'), [jar.id]);
    await expect(read(jar.id)).rejects.toThrow('has 3 events, but number 2 is missing');
  });
});
