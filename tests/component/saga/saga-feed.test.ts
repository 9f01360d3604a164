import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { newId } from '../../../src/chassis/core/index.ts';
import { createSagaEngine, type SagaEngine } from '../../../src/chassis/saga/index.ts';
import type { Database, Queryable } from '../../../src/chassis/store/index.ts';
import { createTripStation, defineTrip, scriptedWorld } from './trips.ts';

let station: Awaited<ReturnType<typeof createTripStation>>;
let engine: SagaEngine;
let sagaId: string;

beforeAll(async () => {
  station = await createTripStation();
  const trip = defineTrip(scriptedWorld().world('a'));
  engine = createSagaEngine({ database: station.database, definitions: [trip], instanceId: newId() });
  sagaId = await station.start(engine, trip);
});
afterAll(() => station.close());

const DRAW_ID = { name: 'draw', text: 'SELECT pg_current_xact_id()' };
const WRITE = {
  name: 'write',
  text: `INSERT INTO saga_history (saga_id, entries)
    VALUES ($1::uuid, json_build_array(json_build_object('kind', 'RETRIED', 'direction', 'FORWARD', 'note', $2::text)))`,
};

/** A transaction that goes on step by step. */
async function openTransaction(database: Database) {
  let next: (work: ((tx: Queryable) => Promise<unknown>) | undefined) => void = () => undefined;
  let wait = new Promise<((tx: Queryable) => Promise<unknown>) | undefined>((resolve) => (next = resolve));
  let done: () => void = () => undefined;
  const ended = database.transaction(async (tx) => {
    for (let work = await wait; work !== undefined; work = await wait) {
      wait = new Promise((resolve) => (next = resolve));
      await work(tx);
      done();
    }
  });
  return {
    run: (work: (tx: Queryable) => Promise<unknown>) =>
      new Promise<void>((resolve) => {
        done = resolve;
        next(work);
      }),
    async commit() {
      next(undefined);
      await ended;
    },
  };
}

/** Two writers: the older transaction takes the higher position and commits first. */
async function invertedCommits() {
  const older = await openTransaction(station.database);
  const younger = await openTransaction(station.database);
  await older.run((tx) => tx.rows(DRAW_ID));
  await younger.run((tx) => tx.rows(DRAW_ID));
  await younger.run((tx) => tx.execute(WRITE, [sagaId, 'first']));
  await older.run((tx) => tx.execute(WRITE, [sagaId, 'second']));
  await older.commit();
  return younger;
}

describe('SagaFeed', () => {
  it('waits for a lower position whose transaction is younger than the one that is seen', async () => {
    const ends = new AbortController();
    const start = await engine.feed.now(ends.signal);
    const younger = await invertedCommits();
    const seen: (string | undefined)[] = [];
    const following = (async () => {
      for await (const batch of engine.feed.follow(start, ends.signal)) {
        seen.push(...batch.map(({ note }) => note));
        if (seen.includes('second')) ends.abort();
      }
    })();
    await station.database.rows({ name: 'pause', text: 'SELECT pg_sleep(0.3)' }); // dozens of looks at the gap
    await younger.commit();
    await following;
    expect(seen).toEqual(['first', 'second']);
  });

  it('begins at a position below which nothing can appear any more', async () => {
    const { signal } = new AbortController();
    const younger = await invertedCommits();
    let isKnown = false;
    const now = engine.feed.now(signal).then(() => (isKnown = true));
    await station.database.rows({ name: 'pause', text: 'SELECT pg_sleep(0.3)' });
    expect(isKnown).toBe(false);
    await younger.commit();
    await now;
  });
});
