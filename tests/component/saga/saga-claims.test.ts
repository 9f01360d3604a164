import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { newId } from '../../../src/chassis/core/index.ts';
import { createPostgresLog } from '../../../src/chassis/saga/postgres-log.ts';
import { loadSagaStatements } from '../../../src/chassis/saga/statements.ts';
import { createSagaEngine } from '../../../src/chassis/saga/index.ts';
import { createTripStation, defineTrip, scriptedWorld } from './trips.ts';

let station: Awaited<ReturnType<typeof createTripStation>>;

beforeAll(async () => {
  station = await createTripStation();
});
afterAll(() => station.close());

describe('createPostgresLog', () => {
  it('extends claims without deadlocking against the transitions of the same sagas', async () => {
    const trip = defineTrip(scriptedWorld().world('a'));
    const definitions = [trip];
    const options = { database: station.database, definitions, instanceId: newId() };
    const engine = createSagaEngine(options);
    for (let count = 0; count < 30; count += 1) await station.start(engine, trip);
    const retried: string[] = [];
    const stop = station.database.events.on('transactionRetried', ({ code }) => retried.push(code));
    const log = createPostgresLog({
      ...options,
      statements: loadSagaStatements(),
      leaseMs: 60_000,
      onTransitions: undefined,
    });
    let held = (await log.claim(30, 0)).map(({ saga }) => saga);
    expect(held).toHaveLength(30);

    for (let round = 0; round < 40; round += 1) {
      const backwards = held.toSorted((one, other) => (one.id < other.id ? 1 : -1));
      const kept = { history: [], outputs: {}, hold: true, delayMs: 0, again: false } as const;
      const changes = held.map((saga) => ({ ...kept, saga, next: saga.state }));
      const [written] = await Promise.all([log.record(changes), log.extend(backwards), log.extend(held)]);
      expect(written.size).toBe(30);
      held = held.map((saga) => ({ ...saga, revision: saga.revision + 1 }));
    }

    stop();
    expect(retried).toEqual([]);
  });
});
