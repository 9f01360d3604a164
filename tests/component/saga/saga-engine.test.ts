import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { AppError, type ErrorStatus } from '../../../src/chassis/core/index.ts';
import type { HistoryEntry, SagaTransition } from '../../../src/chassis/saga/index.ts';
import { eventually } from '../../support/eventually.ts';
import { createTripStation, defineTrip, scriptedWorld, tell } from './trips.ts';

let station: Awaited<ReturnType<typeof createTripStation>>;

beforeAll(async () => {
  station = await createTripStation();
});
afterEach(() => station.stopAll());
afterAll(() => station.close());

function fail(status: ErrorStatus, reason = 'NO') {
  return new AppError({ status, reason, message: reason.toLowerCase(), domain: 'test.tradewind' });
}

function throws(status: ErrorStatus, reason?: string) {
  return () => {
    throw fail(status, reason);
  };
}

const never = () => new Promise<never>(() => undefined);

describe('createSagaEngine', () => {
  it('carries a saga through its steps in order, each with its key, and writes its history', async () => {
    const { world, calls } = scriptedWorld({ flight: (context) => ({ ticket: context.output('hotel').room }) });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);

    const id = await station.start(engine, trip);
    const saga = await station.endsIn(engine, id, 'COMPLETED');

    expect(calls.map(({ name, key }) => [name, key])).toEqual(
      ['hotel', 'flight', 'pay', 'mail'].map((name) => [name, `${id}/${name}`]),
    );
    expect(saga.outputs).toMatchObject({ hotel: { room: 'A1' }, flight: { ticket: 'A1' } });
    expect(saga.finishTime).toBeInstanceOf(Date);
    expect(tell(await station.history(engine, id))).toEqual([
      'STARTED',
      ...['hotel', 'flight', 'pay', 'mail'].flatMap((name) => [
        `ATTEMPT_STARTED ${name} 1`,
        `ATTEMPT_SUCCEEDED ${name} 1`,
      ]),
      'FINISHED',
    ]);
  });

  it('starts nothing when the transaction that started the saga rolls back', async () => {
    const { world, calls } = scriptedWorld();
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);

    await expect(
      station.database.transaction(async (tx) => {
        await engine.start(tx, trip, { input: { traveller: 'eve' }, correlationKey: 'eve' });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    const id = await station.start(engine, trip); // somebody else's, to wait for
    await station.endsIn(engine, id, 'COMPLETED');
    expect(calls.every(({ sagaId }) => sagaId === id)).toBe(true);
  });

  it.each([
    ['hotel', ['hotel', 'undo-hotel']],
    ['flight', ['hotel', 'flight', 'undo-flight', 'undo-hotel']],
    ['pay', ['hotel', 'flight', 'pay', 'undo-flight', 'undo-hotel']],
  ])('undoes what was tried, in reverse, when %s is refused', async (step, expected) => {
    const { world, namesOf } = scriptedWorld({ [step]: throws('FAILED_PRECONDITION', 'SOLD_OUT') });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);

    const id = await station.start(engine, trip);
    const saga = await station.endsIn(engine, id, 'COMPENSATED');

    expect(namesOf(id)).toEqual(expected);
    expect(saga.state).toMatchObject({ failure: { reason: 'SOLD_OUT', domain: 'test.tradewind' } });
  });

  it('tries a step again that may pass', async () => {
    const { world, namesOf } = scriptedWorld({
      hotel: (_context, nth) => (nth < 3 ? throws('UNAVAILABLE')() : undefined),
      mail: (_context, nth) => (nth < 12 ? throws('INVALID_ARGUMENT')() : undefined),
    });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);

    const id = await station.start(engine, trip);
    await station.endsIn(engine, id, 'COMPLETED');

    expect(namesOf(id).filter((name) => name === 'hotel')).toHaveLength(3);
    expect(namesOf(id).filter((name) => name === 'mail')).toHaveLength(12);
  });

  it('undoes a step whose answers never came, because it may have happened', async () => {
    const { world, namesOf } = scriptedWorld({ flight: throws('UNAVAILABLE') });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);

    const id = await station.start(engine, trip);
    await station.endsIn(engine, id, 'COMPENSATED');

    expect(namesOf(id)).toEqual(['hotel', 'flight', 'flight', 'flight', 'undo-flight', 'undo-hotel']);
  });

  it('cuts an attempt off at its time-out and fires its signal', async () => {
    let aborted = 0;
    const { world, namesOf } = scriptedWorld({
      hotel: (context) => {
        context.signal.addEventListener('abort', () => (aborted += 1));
        return never();
      },
    });
    const trip = defineTrip(world('a'), { timeoutMs: 30 });
    const { engine } = station.run(trip);

    const id = await station.start(engine, trip);
    const saga = await station.endsIn(engine, id, 'COMPENSATED');

    expect(namesOf(id)).toEqual(['hotel', 'hotel', 'hotel', 'undo-hotel']);
    expect(saga.state).toMatchObject({ failure: { status: 'DEADLINE_EXCEEDED', reason: 'STEP_TIMED_OUT' } });
    expect(aborted).toBe(3);
  });

  it('turns back when the whole saga takes too long before its pivot', async () => {
    const { world, namesOf } = scriptedWorld({ flight: never });
    const trip = defineTrip(world('a'), { deadlineMs: 150 });
    const { engine } = station.run(trip);

    const id = await station.start(engine, trip);
    const saga = await station.endsIn(engine, id, 'COMPENSATED');

    expect(saga.state).toMatchObject({ failure: { reason: 'SAGA_TIMED_OUT' } });
    expect(namesOf(id)).toEqual(['hotel', 'flight', 'undo-flight', 'undo-hotel']);
  });

  it('tries a pivot without an answer past every deadline until it is known', async () => {
    const { world, namesOf } = scriptedWorld({
      pay: (_context, nth) => (nth < 5 ? never() : undefined),
    });
    const trip = defineTrip(world('a'), { deadlineMs: 100, timeoutMs: 60 });
    const { engine } = station.run(trip);

    const id = await station.start(engine, trip);
    await station.endsIn(engine, id, 'COMPLETED');

    expect(namesOf(id)).toEqual(['hotel', 'flight', 'pay', 'pay', 'pay', 'pay', 'pay', 'mail']);
  });

  it('parks a saga that cannot be undone, and goes on when an operator resumes it', async () => {
    let broken = true;
    const { world, namesOf } = scriptedWorld({
      pay: throws('FAILED_PRECONDITION', 'NO_FUNDS'),
      'undo-hotel': () => (broken ? throws('UNAVAILABLE', 'HOTEL_DOWN')() : undefined),
    });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);

    const id = await station.start(engine, trip);
    const parked = await station.endsIn(engine, id, 'PARKED');
    expect(parked.state).toMatchObject({
      failure: { reason: 'HOTEL_DOWN' },
      parked: { kind: 'COMPENSATING', step: 0, failure: { reason: 'NO_FUNDS' } },
    });

    broken = false;
    await station.database.transaction((tx) =>
      engine.operator.command(tx, id, { kind: 'resume' }, { actor: 'olga', note: 'hotel is back' }),
    );
    engine.wake();
    const saga = await station.endsIn(engine, id, 'COMPENSATED');

    expect(saga.state).toMatchObject({ failure: { reason: 'NO_FUNDS' } });
    expect(namesOf(id).filter((name) => name === 'undo-hotel')).toHaveLength(4);
    const resumed = (await station.history(engine, id)).find(({ kind }) => kind === 'RESUMED');
    expect(resumed).toMatchObject({ actor: 'olga', note: 'hotel is back' });
  });

  it("changes what the saga is about in the transition's own transaction, or neither", async () => {
    const seen: SagaTransition[] = [];
    let failures = 0;
    const { world } = scriptedWorld();
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip, {
      onTransitions: async (_tx, transitions) => {
        if (transitions.some(({ saga }) => saga.state.kind === 'COMPLETED') && failures++ === 0)
          throw new Error('not yet');
        seen.push(...transitions);
      },
    });

    const id = await station.start(engine, trip);
    await station.endsIn(engine, id, 'COMPLETED');

    const history = await station.history(engine, id);
    expect(seen.flatMap((one) => one.history)).toEqual(history.slice(1)); // STARTED is the starter's own
    expect(failures).toBe(2);
  });

  it('turns a running saga back on command, refuses what its worker then writes, and undoes the step under way', async () => {
    let release: () => void = () => undefined;
    const { world, namesOf } = scriptedWorld({ flight: () => new Promise<void>((resolve) => (release = resolve)) });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);
    let lost = 0;
    engine.events.on('claimLost', () => (lost += 1));

    const id = await station.start(engine, trip);
    await eventually(() => expect(namesOf(id)).toContain('flight'));
    const failure = { status: 'CANCELLED', reason: 'ASKED', message: 'no more' } as const;
    await station.database.transaction((tx) =>
      engine.operator.command(tx, id, { kind: 'compensate', failure }, { actor: 'ada', note: 'no more' }),
    );
    engine.wake();
    release();
    const saga = await station.endsIn(engine, id, 'COMPENSATED');

    expect(saga.state).toMatchObject({ failure });
    expect(namesOf(id)).toEqual(['hotel', 'flight', 'undo-flight', 'undo-hotel']);
    await eventually(() => expect(lost).toBe(1));
  });

  it('keeps an operator from acting on a saga that changed since it was read', async () => {
    const { world } = scriptedWorld();
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);
    const id = await station.start(engine, trip);
    await station.endsIn(engine, id, 'COMPLETED');
    await expect(
      station.database.transaction((tx) =>
        engine.operator.command(tx, id, { kind: 'retry' }, { actor: 'olga', note: '', etag: 'v1' }),
      ),
    ).rejects.toMatchObject({ status: 'ABORTED', reason: 'ETAG_MISMATCH' });
  });

  it('ends a saga by the version that it started with', async () => {
    const old = scriptedWorld();
    const changed = scriptedWorld();
    const first = defineTrip(old.world('old'), { version: 1 });
    const second = defineTrip(changed.world('new'), { version: 2 });
    const { engine } = station.run([second, first]);

    const before = await station.start(engine, first);
    const after = await station.start(engine, second);
    await station.endsIn(engine, before, 'COMPLETED');
    await station.endsIn(engine, after, 'COMPLETED');

    expect(new Set(old.calls.map(({ sagaId }) => sagaId))).toEqual(new Set([before]));
    expect(new Set(changed.calls.map(({ sagaId }) => sagaId))).toEqual(new Set([after]));
  });

  it('streams every transition once and in order, also while many commit at the same time', async () => {
    const { world } = scriptedWorld({ flight: (_context, nth) => (nth === 1 ? throws('ABORTED')() : undefined) });
    const trip = defineTrip(world('a'));
    const { engine } = station.run(trip);
    const other = station.run(trip, { database: station.anotherDatabase() });
    const stop = new AbortController();
    const from = await engine.feed.now(stop.signal);
    const received: HistoryEntry[] = [];
    const following = (async () => {
      for await (const batch of engine.feed.follow(from, stop.signal)) received.push(...batch);
    })();

    const ids = await Promise.all(
      Array.from({ length: 60 }, (_, index) => station.start(index % 2 ? engine : other.engine, trip, `t${index}`)),
    );
    await Promise.all(ids.map((id) => station.endsIn(engine, id, 'COMPLETED')));
    const expected = await engine.operator.history(ids, 1_000);
    await eventually(() => expect(received).toHaveLength(expected.length));
    stop.abort();
    await following;

    expect(received.map(({ position }) => position)).toEqual(
      expected.map(({ position }) => position).sort((a, b) => Number(a - b)),
    );
    for (const id of ids) {
      expect(tell(received.filter(({ sagaId }) => sagaId === id))).toEqual(
        tell(expected.filter(({ sagaId }) => sagaId === id)),
      );
    }
    await expect(engine.feed.follow(10_000_000n, new AbortController().signal).next()).rejects.toMatchObject({
      status: 'OUT_OF_RANGE',
      reason: 'POSITION_UNKNOWN',
    });
  });
});
