import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { AppError, newId } from '../../../src/chassis/core/index.ts';
import { createSagaEngine, type SagaEngine } from '../../../src/chassis/saga/index.ts';
import { createPostgresLog } from '../../../src/chassis/saga/postgres-log.ts';
import { loadSagaStatements } from '../../../src/chassis/saga/statements.ts';
import { eventually } from '../../support/eventually.ts';
import { createTripStation, defineTrip, scriptedWorld } from './trips.ts';

let station: Awaited<ReturnType<typeof createTripStation>>;

beforeAll(async () => {
  station = await createTripStation();
});
afterEach(() => station.stopAll());
afterAll(() => station.close());

/** What the log itself says at the moment of a call. */
function witness() {
  let engine: SagaEngine | undefined;
  const seen: string[] = [];
  return {
    seen,
    watch: (watched: SagaEngine) => (engine = watched),
    look: async ({ sagaId }: { readonly sagaId: string }) => {
      const saga = await engine?.operator.get(sagaId);
      seen.push(saga === undefined ? 'nothing' : `${saga.state.kind} ${'step' in saga.state ? saga.state.step : ''}`);
    },
  };
}

describe('a saga worker', () => {
  it('calls the pivot only once the log says that the saga is at it', async () => {
    const { seen, watch, look } = witness();
    const trip = defineTrip(scriptedWorld({ pay: look }).world('a'));
    const { engine } = station.run(trip);
    watch(engine);
    await station.endsIn(engine, await station.start(engine, trip), 'COMPLETED');
    expect(seen).toEqual(['RUNNING 2']);
  });

  it('undoes the first step only once the log says that the saga has turned back', async () => {
    const { seen, watch, look } = witness();
    const soldOut = new AppError({ status: 'FAILED_PRECONDITION', reason: 'SOLD_OUT', message: 'sold out' });
    const { world } = scriptedWorld({ flight: () => Promise.reject(soldOut), 'undo-flight': look });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);
    watch(engine);
    await station.endsIn(engine, await station.start(engine, trip), 'COMPENSATED');
    expect(seen).toEqual(['COMPENSATING 1']);
  });
});

describe('createPostgresLog', () => {
  it("extends no claim that is another owner's by now", async () => {
    const trip = defineTrip(scriptedWorld().world('a'));
    const options = { database: station.database, definitions: [trip] };
    const logOf = (instanceId: string, leaseMs: number) =>
      createPostgresLog({
        ...options,
        ...{ instanceId, leaseMs, statements: loadSagaStatements(), onTransitions: undefined },
      });
    const engine = createSagaEngine({ ...options, instanceId: newId() });
    const id = await station.start(engine, trip);
    const [first, second] = [logOf('first', 1), logOf('second', 60_000)];
    const claimedBy = async (log: ReturnType<typeof logOf>) => {
      const claimed = (await log.claim(1_000, 0)).map(({ saga }) => saga);
      return claimed.filter((saga) => saga.id === id);
    };
    const old = await claimedBy(first);
    expect(old).toHaveLength(1);
    const current = await eventually(async () => {
      const found = await claimedBy(second);
      expect(found).toHaveLength(1); // once the first one's claim is over
      return found;
    });

    const { dueTime } = await engine.operator.get(id);
    expect(await first.extend(old)).toEqual({ extended: new Set(), busy: new Set() });
    expect((await engine.operator.get(id)).dueTime).toEqual(dueTime);
    expect((await second.extend(current)).extended).toEqual(new Set([id]));
  });
});
