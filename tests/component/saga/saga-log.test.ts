import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { defineSaga, MAX_INTERRUPTIONS, type StepKind } from '../../../src/chassis/saga/index.ts';
import { eventually } from '../../support/eventually.ts';
import { createTripStation, defineTrip, scriptedWorld, tell, type TripInput } from './trips.ts';

let station: Awaited<ReturnType<typeof createTripStation>>;

beforeAll(async () => {
  station = await createTripStation();
});
afterEach(() => station.stopAll());
afterAll(() => station.close());

/** How many statements that write the saga log were sent while the work was done. */
async function writesDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
  const seen: string[] = [];
  const stop = station.database.events.on('statement', ({ name }) => seen.push(name));
  await work();
  stop();
  return seen.filter((name) => ['insert-sagas', 'record-transitions'].includes(name));
}

describe('the log of a saga', () => {
  it('is waited for before the pivot and at the end, and nowhere else', async () => {
    const { world } = scriptedWorld();
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);
    let sagaId = '';
    const writes = await writesDuring(async () => {
      sagaId = await engine.startNow(trip, { input: { traveller: 'ada' }, correlationKey: 'ada' });
      await station.endsIn(engine, sagaId, 'COMPLETED');
    });

    expect(writes).toEqual(['insert-sagas', 'record-transitions', 'record-transitions']);
    expect(tell(await station.history(engine, sagaId))).toEqual([
      'STARTED',
      'ATTEMPT_STARTED hotel 1',
      'ATTEMPT_SUCCEEDED hotel 1',
      'ATTEMPT_STARTED flight 1',
      'ATTEMPT_SUCCEEDED flight 1',
      'ATTEMPT_STARTED pay 1',
      'ATTEMPT_SUCCEEDED pay 1',
      'ATTEMPT_STARTED mail 1',
      'ATTEMPT_SUCCEEDED mail 1',
      'FINISHED',
    ]);
  });

  it('knows that the pivot is begun before it is called', async () => {
    const known: (string | undefined)[] = [];
    const { world } = scriptedWorld({
      pay: async ({ sagaId }) => {
        const { state } = await engine.operator.get(sagaId);
        known.push(state.kind === 'RUNNING' ? trip.steps[state.step]?.name : state.kind);
      },
    });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);
    await station.endsIn(engine, await station.start(engine, trip), 'COMPLETED');
    expect(known).toEqual(['pay']);
  });

  it('knows that the saga turned back before anything is undone', async () => {
    const known: string[] = [];
    const { world } = scriptedWorld({
      flight: () => Promise.reject(new RangeError('sold out')),
      'undo-flight': async ({ sagaId }) => void known.push((await engine.operator.get(sagaId)).state.kind),
    });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);
    await station.endsIn(engine, await station.start(engine, trip), 'COMPENSATED');
    expect(known).toEqual(['COMPENSATING']);
  });

  it('shows within moments where a saga is that waits for nothing but its step', async () => {
    let letGo: () => void = () => undefined;
    const { world } = scriptedWorld({ flight: () => new Promise<void>((resolve) => (letGo = resolve)) });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);
    const id = await station.start(engine, trip);
    await eventually(async () =>
      expect(tell(await station.history(engine, id)).at(-1)).toBe('ATTEMPT_STARTED flight 1'),
    );
    letGo();
    await station.endsIn(engine, id, 'COMPLETED');
  });
});

describe('a parallel group', () => {
  const steps = (names: readonly string[], kind: StepKind, world: ReturnType<typeof scriptedWorld>) =>
    names.map((name) => ({
      name,
      kind,
      retry: { baseMs: 5, maxMs: 20, maxAttempts: 3 },
      run: (context: never) => world.world('a').call(name, context),
      ...(kind === 'compensatable'
        ? { compensate: async (context: never) => void (await world.world('a').call(`undo-${name}`, context)) }
        : {}),
    }));
  const define = (world: ReturnType<typeof scriptedWorld>) =>
    defineSaga<TripInput>({
      name: 'group',
      version: 1,
      deadlineMs: 60_000,
      steps: [
        { parallel: steps(['car', 'room'], 'compensatable', world) },
        ...steps(['pay'], 'pivot', world),
        { parallel: steps(['mail', 'text'], 'retriable', world) },
      ],
    });

  it('runs its steps at the same time, and the next stage when all are done', async () => {
    let together: () => void = () => undefined;
    const met = new Promise<void>((resolve) => (together = resolve));
    const world = scriptedWorld({ car: () => met, room: () => together() });
    const group = define(world);
    const { engine } = station.run(group);
    const id = await station.start(engine, group);
    await station.endsIn(engine, id, 'COMPLETED');
    expect(world.namesOf(id).slice(0, 3)).toEqual(['car', 'room', 'pay']);
  });

  it('tries again only the step that failed, also at another instance', async () => {
    const world = scriptedWorld({
      text: (_context, nth) => (nth < 3 ? Promise.reject(new Error('busy')) : undefined),
    });
    const group = define(world);
    const { engine } = station.run(group);
    const id = await station.start(engine, group);
    await station.endsIn(engine, id, 'COMPLETED');
    expect(world.namesOf(id).filter((name) => name === 'mail')).toHaveLength(1);
    expect(world.namesOf(id).filter((name) => name === 'text')).toHaveLength(3);
  });
});

describe('a saga that nobody brings on', () => {
  it('is left to an operator after so many owners that stopped without a word, and goes on when it is resumed', async () => {
    const { world } = scriptedWorld();
    const trip = defineTrip(world('a'));
    const idle = station.run(trip);
    await idle.stop();
    const id = await station.start(idle.engine, trip);
    const lapsed = {
      name: 'lapse',
      text: `UPDATE saga SET claim_owner = 'dead', claim_token = 7, interruptions = $2 WHERE id = $1::uuid`,
    };
    await station.database.execute(lapsed, [id, MAX_INTERRUPTIONS - 1]); // this claim is one more
    const healthy = station.run(trip);
    const parked = await station.endsIn(healthy.engine, id, 'PARKED');
    expect(parked.state).toMatchObject({ failure: { reason: 'SAGA_QUARANTINED' } });

    const by = { actor: 'ada', note: 'mended' };
    await station.database.transaction((tx) => healthy.engine.operator.command(tx, id, { kind: 'resume' }, by));
    healthy.engine.wake();
    await station.endsIn(healthy.engine, id, 'COMPLETED');
  });

  it('does not keep others waiting: a row that cannot be read is parked, and the rest is claimed', async () => {
    const { world } = scriptedWorld();
    const trip = defineTrip(world('a'));
    const idle = station.run(trip);
    await idle.stop();
    const broken = await station.start(idle.engine, trip, 'broken');
    const whole = await station.start(idle.engine, trip, 'whole');
    await station.database.execute(
      { name: 'break', text: `UPDATE saga SET state = 'COMPENSATING', failure = NULL WHERE id = $1::uuid` },
      [broken],
    );
    const { engine } = station.run(trip);
    await station.endsIn(engine, whole, 'COMPLETED');
    const [row] = await station.database.rows<{ state: string; reason: string }>(
      { name: 'read', text: `SELECT state, park_failure ->> 'reason' AS reason FROM saga WHERE id = $1::uuid` },
      [broken],
    );
    expect(row).toEqual({ state: 'PARKED', reason: 'SAGA_QUARANTINED' });
  });

  it('is parked when it stands at a step that its definition does not have', async () => {
    const { world } = scriptedWorld();
    const trip = defineTrip(world('a'));
    const idle = station.run(trip);
    await idle.stop();
    const id = await station.start(idle.engine, trip);
    await station.database.execute({ name: 'misplace', text: 'UPDATE saga SET step = 17 WHERE id = $1::uuid' }, [id]);
    const { engine } = station.run(trip);
    const { state } = await station.endsIn(engine, id, 'PARKED');
    expect(state).toMatchObject({ failure: { reason: 'SAGA_QUARANTINED' } });
  });
});
