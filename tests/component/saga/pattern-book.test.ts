import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import {
  defineHoliday,
  defineHolidayWithPoints,
  hold,
  release,
  type HolidayInput,
  type TravelAgents,
} from '../../../docs/examples/holiday.ts';
import { AppError } from '../../../src/chassis/core/index.ts';
import { createSagaEngine, type SagaDefinition } from '../../../src/chassis/saga/index.ts';
import { eventually } from '../../support/eventually.ts';
import { expectQuoted } from '../../support/quoted-code.ts';
import { createTripStation } from './trips.ts';

let station: Awaited<ReturnType<typeof createTripStation>>;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  station = await createTripStation();
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});
afterAll(() => station.close());

/** Agents that say what they were asked; `script` may refuse or wait. */
function agents(script: Record<string, () => unknown> = {}) {
  const asked: string[] = [];
  const ask = async <T>(name: string, answer: T): Promise<T> => {
    asked.push(name);
    await script[name]?.();
    return answer;
  };
  const all: TravelAgents = {
    hotel: {
      hold: () => ask('hold', { room: '12' }),
      release: () => ask('release', undefined),
      confirm: ({ room }) => ask(`confirm ${room}`, undefined),
    },
    car: { reserve: () => ask('reserve', { plate: 'B 7' }), cancel: () => ask('cancel', undefined) },
    bank: { charge: () => ask('charge', undefined) },
    post: { sendTickets: () => ask('tickets', undefined) },
    club: { award: () => ask('award', undefined) },
  };
  return { all, asked };
}

function run(definitions: readonly SagaDefinition<HolidayInput>[], instanceId: string) {
  const engine = createSagaEngine({ database: station.database, definitions, instanceId, tuning: { pollMs: 50 } });
  const controller = new AbortController();
  const ended = engine.run(controller.signal);
  const stop = async () => {
    controller.abort();
    await ended;
  };
  stops.push(stop);
  return { engine, stop };
}

const ADA = { input: { traveller: 'ada', nights: 3 }, correlationKey: 'ada' };

describe('the holiday of the pattern book', () => {
  it('is booked step by step', async () => {
    const { all, asked } = agents();
    const holiday = defineHoliday(all);
    const { engine } = run([holiday], 'travel-1');
    await station.endsIn(engine, await engine.startNow(holiday, ADA), 'COMPLETED');
    expect(asked).toEqual(['hold', 'reserve', 'charge', 'confirm 12', 'tickets']);
  });

  it('is undone whole when the bank says no', async () => {
    const no = new AppError({ status: 'FAILED_PRECONDITION', reason: 'DECLINED', message: 'no' });
    const { all, asked } = agents({ charge: () => Promise.reject(no) });
    const holiday = defineHoliday(all);
    const { engine } = run([holiday], 'travel-1');
    await station.endsIn(engine, await engine.startNow(holiday, ADA), 'COMPENSATED');
    expect(asked).toEqual(['hold', 'reserve', 'charge', 'release', 'cancel']);
  });

  it('ends by the version it began with when the service is upgraded while it is under way', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { all, asked } = agents({ tickets: () => held });
    const old = run([defineHoliday(all)], 'travel-1');
    const inFlight = await old.engine.startNow(defineHoliday(all), ADA);
    await eventually(() => expect(asked).toContain('tickets'));

    const upgraded = run([defineHoliday(all), defineHolidayWithPoints(all)], 'travel-2');
    letGo();
    await old.stop();
    const fresh = await upgraded.engine.startNow(defineHolidayWithPoints(all), ADA);
    await station.endsIn(upgraded.engine, inFlight, 'COMPLETED');
    await station.endsIn(upgraded.engine, fresh, 'COMPLETED');
    expect(asked.filter((name) => name === 'award')).toHaveLength(1);
  });
});

describe('the semantic lock of the pattern book', () => {
  it('is its holder’s alone', () => {
    const held = hold({ state: 'FREE' }, 'a');
    expect(hold(held, 'a')).toEqual(held);
    expect(() => hold(held, 'b')).toThrow(expect.objectContaining({ reason: 'ROOM_TAKEN' }));
    expect(release(held, 'b')).toEqual(held);
    expect(release(held, 'a')).toEqual({ state: 'FREE' });
  });
});

describe('docs/sagas.md', () => {
  it('quotes the code that runs (UPDATE_DOCS=1 writes it anew)', () => {
    expectQuoted('docs/sagas.md', 'docs/examples/holiday.ts');
  });
});
