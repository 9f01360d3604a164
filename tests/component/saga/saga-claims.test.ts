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
    let held = (await log.claim(30, () => [])).map(({ saga }) => saga);
    expect(held).toHaveLength(30);

    for (let round = 0; round < 40; round += 1) {
      const backwards = held.toSorted((one, other) => (one.id < other.id ? 1 : -1));
      const changes = held.map((saga) => ({ saga, next: saga.state, history: [], hold: true, delayMs: 0 }));
      const [written] = await Promise.all([log.record(changes), log.extend(backwards), log.extend(held)]);
      held = [...written.values()];
    }

    stop();
    expect(retried).toEqual([]);
  });
});
