import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { AppError, systemClock, type Clock } from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { createTripStation, defineTrip, scriptedWorld, tell } from './trips.ts';

let station: Awaited<ReturnType<typeof createTripStation>>;

beforeAll(async () => {
  station = await createTripStation();
});
afterEach(() => station.stopAll());
afterAll(() => station.close());

const SHORT_LEASE = { leaseMs: 300, pollMs: 30 };

/** A process that froze: its timers never fire while it is frozen, so no heartbeat goes out. */
function freezableClock(): Clock & { freeze(): void } {
  let frozen = false;
  return {
    ...systemClock,
    freeze: () => (frozen = true),
    async sleep(ms, signal) {
      await systemClock.sleep(frozen ? 3_600_000 : ms, signal);
      if (frozen) await systemClock.sleep(3_600_000, signal);
    },
  };
}

describe('several saga workers', () => {
  it('share the work, and no step runs twice', async () => {
    const { world, calls, namesOf } = scriptedWorld({ pay: () => systemClock.sleep(1) });
    const first = station.run(defineTrip(world('first')), { tuning: { maxConcurrency: 8 } });
    const trip = defineTrip(world('second'));
    const second = station.run(trip, { database: station.anotherDatabase(), tuning: { maxConcurrency: 8 } });

    const ids = await Promise.all(
      Array.from({ length: 100 }, (_, index) => station.start(first.engine, trip, `t${index}`)),
    );
    second.engine.wake();
    await Promise.all(ids.map((id) => station.endsIn(first.engine, id, 'COMPLETED', 20_000)));

    for (const id of ids) expect(namesOf(id)).toEqual(['hotel', 'flight', 'pay', 'mail']);
    expect(new Set(calls.map(({ by }) => by))).toEqual(new Set(['first', 'second']));
  });

  it('take over from a frozen one, and what it writes when it thaws is refused', async () => {
    let thaw: () => void = () => undefined;
    const { world, calls, namesOf } = scriptedWorld({
      flight: (_context, nth) => (nth === 1 ? new Promise<void>((resolve) => (thaw = resolve)) : undefined),
    });
    const clock = freezableClock();
    const frozen = station.run(defineTrip(world('frozen')), { clock, tuning: SHORT_LEASE });
    const lost: string[] = [];
    frozen.engine.events.on('claimLost', ({ sagaId }) => lost.push(sagaId));
    const trip = defineTrip(world('healthy'));

    const id = await station.start(frozen.engine, trip);
    await eventually(() => expect(namesOf(id)).toContain('flight'));
    clock.freeze();
    const healthy = station.run(trip, { database: station.anotherDatabase(), tuning: SHORT_LEASE });
    await station.endsIn(healthy.engine, id, 'COMPLETED');
    const before = await station.history(healthy.engine, id);
    thaw();
    await eventually(() => expect(lost).toEqual([id]));

    expect(await station.history(healthy.engine, id)).toEqual(before);
    expect(calls.map(({ name, by }) => `${name} ${by}`)).toEqual([
      'hotel frozen',
      'flight frozen',
      'flight healthy',
      'pay healthy',
      'mail healthy',
    ]);
    expect(tell(before)).toEqual(expect.arrayContaining(['TAKEN_OVER', 'ATTEMPT_STARTED flight 2']));
  });

  it('undo a step that a dead one had begun, when it is then refused', async () => {
    const { world, namesOf } = scriptedWorld({
      flight: (_context, nth) => {
        if (nth === 1) return new Promise(() => undefined);
        throw new AppError({ status: 'FAILED_PRECONDITION', reason: 'SOLD_OUT', message: 'sold out' });
      },
    });
    const clock = freezableClock();
    const dead = station.run(defineTrip(world('dead')), { clock, tuning: SHORT_LEASE });
    const trip = defineTrip(world('heir'));
    const id = await station.start(dead.engine, trip);
    await eventually(() => expect(namesOf(id)).toContain('flight'));
    clock.freeze();
    const heir = station.run(trip, { database: station.anotherDatabase(), tuning: SHORT_LEASE });
    await station.endsIn(heir.engine, id, 'COMPENSATED');

    expect(namesOf(id).slice(-2)).toEqual(['undo-flight', 'undo-hotel']);
  });

  it('leave a saga to an instance that is alive, however long its step takes', async () => {
    const { world, calls } = scriptedWorld({ hotel: () => systemClock.sleep(1_200) });
    const trip = defineTrip(world('slow'));
    const slow = station.run(trip, { tuning: SHORT_LEASE });
    station.run(defineTrip(world('eager')), { database: station.anotherDatabase(), tuning: SHORT_LEASE });

    const id = await station.start(slow.engine, trip);
    slow.engine.wake();
    await station.endsIn(slow.engine, id, 'COMPLETED');

    expect(new Set(calls.filter(({ sagaId }) => sagaId === id).map(({ by }) => by)).size).toBe(1);
  });
});

describe('a saga worker that starts again', () => {
  it('takes back at once what it held under the same instance id before it crashed', async () => {
    const { world, namesOf } = scriptedWorld({
      hotel: (_context, nth) => (nth === 1 ? new Promise(() => undefined) : undefined),
    });
    const trip = defineTrip(world('a'));
    const clock = freezableClock();
    const crashed = station.run(trip, { instanceId: 'order-1', clock });
    const id = await station.start(crashed.engine, trip);
    await eventually(() => expect(namesOf(id)).toContain('hotel'));
    clock.freeze();

    const startedAt = performance.now();
    const again = station.run(trip, { instanceId: 'order-1', database: station.anotherDatabase() });
    await station.endsIn(again.engine, id, 'COMPLETED');

    expect(performance.now() - startedAt).toBeLessThan(2_000); // the lease is three seconds
  });

  it('gives its sagas back when it stops, in the middle of an attempt too', async () => {
    const { world, namesOf } = scriptedWorld({
      flight: (_context, nth) => (nth === 1 ? new Promise(() => undefined) : undefined),
    });
    const trip = defineTrip(world('a'));
    const first = station.run(trip);
    const id = await station.start(first.engine, trip);
    await eventually(() => expect(namesOf(id)).toContain('flight'));
    await first.stop();
    expect(await first.engine.operator.get(id)).toMatchObject({
      owner: undefined,
      state: { kind: 'RUNNING', attempt: 2 },
    });

    const second = station.run(trip);
    await station.endsIn(second.engine, id, 'COMPLETED', 2_000);
    expect(tell(await station.history(second.engine, id))).not.toContain('TAKEN_OVER');
  });
});
