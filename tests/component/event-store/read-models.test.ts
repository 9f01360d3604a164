import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { createDeferred, newId, systemClock } from '../../../src/chassis/core/index.ts';
import {
  createEventStore,
  createReadModels,
  EVENT_STORE_MIGRATIONS,
  readModelBacklog,
  type ReadModel,
  type ReadModels,
} from '../../../src/chassis/event-store/index.ts';
import { migrate } from '../../../src/chassis/store/index.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';
import { JARS, jarAggregate, type JarEvent } from './jar.ts';

const sql = (name: string, text: string) => ({ name, text });
const jars = createEventStore(jarAggregate());

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  await migrate({ url: test.url, directories: [EVENT_STORE_MIGRATIONS] });
});
afterAll(() => test.close());
beforeEach(async () => {
  for (const text of [
    'TRUNCATE event_stream, stream_event, read_model',
    'DROP TABLE IF EXISTS jar_level', // with its partitions
  ]) {
    await test.database.execute(sql('clear', text));
  }
});

/** A new jar with some marbles. */
async function fill(...marbles: readonly number[]): Promise<string> {
  const id = newId();
  const events = marbles.map((count): JarEvent => ({ kind: 'added', marbles: count }));
  await test.database.transaction((tx) => jars.append(tx, [{ id, before: undefined, events }]));
  return id;
}

/** Many small appends, one after the other, until told to stop; how many. */
function keepFilling() {
  let stopped = false;
  let count = 0;
  const running = (async () => {
    while (!stopped) {
      await fill(1, 2, 3);
      count += 1;
    }
  })();
  return {
    async stop() {
      stopped = true;
      await running;
      return count;
    },
  };
}

/** A replica that follows until the test lets go of it. */
async function replica(instance: string, model: ReadModel = JARS, rest: { pace?: object; leaseMs?: number } = {}) {
  const readModels = createReadModels({
    ...{ database: test.database, models: [model], clock: systemClock, instance, leaseMs: 1_000, ...rest },
    pace: { gatherMs: 1, pollMs: 20, claimEveryMs: 20, renewEveryMs: 100, retryMs: 20, ...rest.pace },
  });
  await readModels.open();
  const ending = new AbortController();
  const running = readModels.run(ending.signal);
  return {
    readModels,
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running;
    },
  };
}

const caughtUp = (readModels: ReadModels) => readModels.caughtUp('jars', { timeoutMs: 5_000 });

interface Level {
  readonly id: string;
  readonly marbles: number;
  readonly events: number;
}

/** What readers are given. */
const served = () =>
  test.database.rows<Level>(
    sql(
      'served',
      `SELECT id, marbles, events FROM jar_level
       WHERE generation = (SELECT generation FROM read_model WHERE name = 'jars' AND state = 'SERVING')
       ORDER BY id`,
    ),
  );

/** The same from the events themselves. */
const truth = () =>
  test.database.rows<Level>(
    sql(
      'truth',
      `SELECT stream_id AS id, sum((data ->> 'marbles')::integer)::integer AS marbles, count(*)::integer AS events
       FROM stream_event GROUP BY stream_id ORDER BY stream_id`,
    ),
  );

describe('ReadModels', () => {
  it('follow what is appended, and let a reader wait for what its caller wrote', async () => {
    await using one = await replica('one');
    for (let round = 0; round < 10; round += 1) {
      const id = await fill(round, 1);
      one.readModels.wake();
      expect(await caughtUp(one.readModels)).toBe(true);
      expect(await served()).toContainEqual({ id, marbles: round + 1, events: 2 });
    }
    expect(await served()).toEqual(await truth());
  });

  it('say that they are behind where nobody follows, and how far', async () => {
    const idle = createReadModels({
      ...{ database: test.database, models: [JARS], clock: systemClock, instance: 'idle' },
    });
    await idle.open();
    expect(await idle.caughtUp('jars', { timeoutMs: 50 })).toBe(true);
    expect(await readModelBacklog(idle).measure()).toEqual({ count: 0, oldestSeconds: undefined });
    await fill(1, 2);
    expect(await idle.caughtUp('jars', { timeoutMs: 50 })).toBe(false);
    expect((await readModelBacklog(idle).measure()).oldestSeconds).toBeLessThan(60);
    expect(await idle.list()).toMatchObject([{ generation: 1, state: 'SERVING', position: 0n, owner: undefined }]);
  });

  it('do not pass an event whose transaction is slower than those after it', async () => {
    await using one = await replica('one');
    const hold = createDeferred();
    const appended = createDeferred();
    const slow = newId();
    const late = test.database.transaction(async (tx) => {
      await jars.append(tx, [{ id: slow, before: undefined, events: [{ kind: 'added', marbles: 7 }] }]);
      appended.resolve();
      await hold.promise;
    });
    await appended.promise;
    const quick = await fill(1);
    expect(await one.readModels.caughtUp('jars', { timeoutMs: 100 })).toBe(false);
    expect(await served()).toEqual([]);
    hold.resolve();
    await late;
    await eventually(async () => expect((await served()).map(({ id }) => id).sort()).toEqual([slow, quick].sort()));
  });

  it('are filled by one of several replicas at a time, each event once, and by another when that one ends', async () => {
    const filling = keepFilling();
    const first = await replica('first');
    await using second = await replica('second');
    await eventually(async () => expect((await second.readModels.list())[0]?.owner).toBe('first'));
    await eventually(async () => expect((await served()).length).toBeGreaterThan(5));
    await first[Symbol.asyncDispose]();
    await eventually(async () => expect((await second.readModels.list())[0]?.owner).toBe('second'));
    await filling.stop();
    expect(await caughtUp(second.readModels)).toBe(true);
    expect(await served()).toEqual(await truth());
  });

  it('refuse what a replica writes whose claim has run out, so that two that both think it is theirs write once', async () => {
    const forgetful = { pace: { renewEveryMs: 60_000, pollMs: 5, claimEveryMs: 5 }, leaseMs: 10 };
    await using one = await replica('one', JARS, forgetful);
    await using two = await replica('two', JARS, forgetful);
    const owners = new Set<string | undefined>();
    for (let round = 0; round < 50 || (owners.size < 2 && round < 2_000); round += 1) {
      await fill(1, 2, 3);
      owners.add((await one.readModels.list())[0]?.owner);
    }
    expect(await caughtUp(two.readModels)).toBe(true);
    expect(owners).toEqual(new Set(['one', 'two']));
    expect(await served()).toEqual(await truth());
  });

  it('try again what fails, and tell it', async () => {
    let failures = 3;
    const failing: ReadModel = {
      ...JARS,
      async apply(tx, events, generation) {
        await JARS.apply(tx, events, generation);
        failures -= 1;
        if (failures >= 0) throw new Error('out of luck');
      },
    };
    await using one = await replica('one', failing);
    const told: unknown[] = [];
    one.readModels.events.on('failed', ({ error }) => told.push(error));
    await fill(1, 2);
    expect(await caughtUp(one.readModels)).toBe(true);
    expect(told).toHaveLength(3);
    expect(await served()).toEqual(await truth());
  });
});

describe('ReadModels.rebuild', () => {
  const partitions = () =>
    test.database.rows<{ readonly name: string }>(
      sql('partitions', `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname LIKE 'jar_level_%'`),
    );

  async function rebuilt(readModels: ReadModels): Promise<void> {
    const generation = await readModels.rebuild('jars');
    await eventually(async () => expect(await readModels.list()).toMatchObject([{ generation, state: 'SERVING' }]), {
      timeoutMs: 10_000,
    });
  }

  it('makes a read model again while events are appended and read: nothing missing, nothing twice', async () => {
    for (let jar = 0; jar < 300; jar += 1) await fill(1, 2, 3);
    await using one = await replica('one', JARS, { pace: { rebuildBatch: 50 } });
    await using two = await replica('two', JARS, { pace: { rebuildBatch: 50 } });
    expect(await caughtUp(one.readModels)).toBe(true);
    const filling = keepFilling();
    let seen = 0;
    let reading = true;
    const reader = (async () => {
      while (reading) {
        const now = (await served()).length;
        expect(now).toBeGreaterThanOrEqual(seen); // readers never go back in time
        seen = now;
      }
    })();
    for (const { readModels } of [one, two, one]) await rebuilt(readModels);
    reading = false;
    await reader;
    const more = await filling.stop();
    expect(await caughtUp(one.readModels)).toBe(true);
    const levels = await served();
    expect(levels).toEqual(await truth());
    expect(levels).toHaveLength(300 + more);
    expect(await partitions()).toEqual([{ name: 'jar_level_4' }]);
  });

  it('is begun once, however often it is asked for, and only for what there is', async () => {
    const idle = createReadModels({
      ...{ database: test.database, models: [JARS], clock: systemClock, instance: 'idle' },
    });
    await idle.open();
    await Promise.all([idle.open(), idle.open()]);
    expect(await Promise.all([1, 2, 3].map(() => idle.rebuild('jars')))).toEqual([2, 2, 2]);
    expect(await idle.rebuild('bottles')).toBeUndefined();
    expect(await idle.list()).toMatchObject([
      { generation: 1, state: 'SERVING' },
      { generation: 2, state: 'BUILDING' },
    ]);
  });

  it.each([
    ['emptied', 'TRUNCATE jar_level'],
    ['robbed of what is served', 'DROP TABLE jar_level_1'],
    ['dropped as a whole', 'DROP TABLE jar_level'],
  ])('mends tables that were %s by hand while events are appended', async (_what, text) => {
    await using one = await replica('one');
    const filling = keepFilling();
    await eventually(async () => expect((await served()).length).toBeGreaterThan(5));
    await test.database.execute(sql('by-hand', text));
    await rebuilt(one.readModels);
    await filling.stop();
    expect(await caughtUp(one.readModels)).toBe(true);
    expect(await served()).toEqual(await truth());
  });
});
