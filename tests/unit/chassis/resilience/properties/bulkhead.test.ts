import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createBulkhead, type Bulkhead } from '../../../../../src/chassis/resilience/index.ts';
import { createManualClock, type ManualClock } from '../../../../support/manual-clock.ts';

type Outcome = 'waiting' | 'inside' | 'refused' | 'gave up';

/** Somebody who came and had to wait, or not. */
interface Comer {
  outcome: Outcome;
  readonly expected: { outcome: Outcome };
  readonly deadlineMs: number;
  readonly giveUp: AbortController;
}

/** What an onlooker expects: a queue in the order of arrival, and so many places. */
interface Expected {
  comers: Comer[];
  inside: number;
  maxConcurrent: number;
  maxQueued: number;
}

interface Real {
  readonly clock: ManualClock;
  readonly bulkhead: Bulkhead;
}

type BulkheadCommand = fc.AsyncCommand<Expected, Real>;

const waiting = ({ comers }: Expected) => comers.filter(({ expected }) => expected.outcome === 'waiting');

function admit(expected: Expected): void {
  for (const comer of waiting(expected)) {
    if (expected.inside >= expected.maxConcurrent) return;
    expected.inside += 1;
    comer.expected.outcome = 'inside';
  }
}

/** After every command, once promises had their turn. */
async function check(expected: Expected, { bulkhead }: Real): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await Promise.resolve();
  expect(expected.comers.map(({ outcome }) => outcome)).toEqual(expected.comers.map((comer) => comer.expected.outcome));
  expect(bulkhead.status).toMatchObject({ inside: expected.inside, queued: waiting(expected).length });
  expect(expected.inside).toBeGreaterThanOrEqual(0);
}

class Enter implements BulkheadCommand {
  readonly #patienceMs: number;
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }
  check = () => true;
  async run(expected: Expected, real: Real): Promise<void> {
    const { clock, bulkhead } = real;
    const isFree = expected.inside < expected.maxConcurrent && waiting(expected).length === 0;
    const isRefused = !isFree && (this.#patienceMs === 0 || waiting(expected).length >= expected.maxQueued);
    const comer: Comer = {
      outcome: 'waiting',
      expected: { outcome: isFree ? 'inside' : isRefused ? 'refused' : 'waiting' },
      deadlineMs: clock.monotonicMs() + this.#patienceMs,
      giveUp: new AbortController(),
    };
    if (isFree) expected.inside += 1;
    expected.comers.push(comer);
    bulkhead.enter({ deadlineMs: comer.deadlineMs, signal: comer.giveUp.signal }).then(
      () => (comer.outcome = 'inside'),
      (error: Error) => (comer.outcome = error.name === 'AbortError' ? 'gave up' : 'refused'),
    );
    await check(expected, real);
  }
  toString = () => `enter for ${this.#patienceMs}`;
}

class TryEnter implements BulkheadCommand {
  check = () => true;
  async run(expected: Expected, real: Real): Promise<void> {
    const isFree = expected.inside < expected.maxConcurrent && waiting(expected).length === 0;
    expect(real.bulkhead.tryEnter()).toBe(isFree);
    if (isFree) expected.inside += 1;
    await check(expected, real);
  }
  toString = () => 'try to enter';
}

class Leave implements BulkheadCommand {
  check = ({ inside }: Readonly<Expected>) => inside > 0;
  async run(expected: Expected, real: Real): Promise<void> {
    real.bulkhead.leave();
    expected.inside -= 1;
    admit(expected);
    await check(expected, real);
  }
  toString = () => 'leave';
}

class GiveUp implements BulkheadCommand {
  readonly #which: number;
  constructor(which: number) {
    this.#which = which;
  }
  check = ({ comers }: Readonly<Expected>) => comers.length > 0;
  async run(expected: Expected, real: Real): Promise<void> {
    const comer = expected.comers[this.#which % expected.comers.length]!; // there is one
    comer.giveUp.abort();
    if (comer.expected.outcome === 'waiting') comer.expected.outcome = 'gave up';
    await check(expected, real);
  }
  toString = () => `give up ${this.#which}`;
}

class Wait implements BulkheadCommand {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  check = () => true;
  async run(expected: Expected, real: Real): Promise<void> {
    real.clock.advance(this.#ms);
    for (const comer of waiting(expected)) {
      if (comer.deadlineMs <= real.clock.monotonicMs()) comer.expected.outcome = 'refused';
    }
    await check(expected, real);
  }
  toString = () => `wait ${this.#ms}`;
}

class Resize implements BulkheadCommand {
  readonly #bounds: { readonly maxConcurrent: number; readonly maxQueued: number };
  constructor(bounds: { readonly maxConcurrent: number; readonly maxQueued: number }) {
    this.#bounds = bounds;
  }
  check = () => true;
  async run(expected: Expected, real: Real): Promise<void> {
    real.bulkhead.resize(this.#bounds);
    Object.assign(expected, this.#bounds);
    admit(expected);
    await check(expected, real);
  }
  toString = () => `resize ${JSON.stringify(this.#bounds)}`;
}

const bounds = fc.record({ maxConcurrent: fc.integer({ min: 1, max: 4 }), maxQueued: fc.nat({ max: 5 }) });
const commands = [
  fc.nat({ max: 100 }).map((ms) => new Enter(ms)),
  fc.nat({ max: 100 }).map((ms) => new Enter(ms)),
  fc.constant(new TryEnter()),
  fc.constant(new Leave()),
  fc.constant(new Leave()),
  fc.nat().map((which) => new GiveUp(which)),
  fc.nat({ max: 40 }).map((ms) => new Wait(ms)),
  bounds.map((next) => new Resize(next)),
];

describe('createBulkhead, in any interleaving', () => {
  it('serves the longest waiting first, refuses in time, loses nobody and no place, and starves nobody', async () => {
    await fc.assert(
      fc.asyncProperty(bounds, fc.commands(commands, { maxCommands: 60, size: 'max' }), async (first, all) => {
        const clock = createManualClock();
        const bulkhead = createBulkhead('x', first, { clock });
        const model: Expected = { comers: [], inside: 0, ...first };
        await fc.asyncModelRun(() => ({ model, real: { clock, bulkhead } }), all);
        // Once everybody inside leaves, one after the other, everybody who waits has been inside.
        const left = waiting(model);
        while (model.inside > 0) await new Leave().run(model, { clock, bulkhead });
        expect(left.map(({ outcome }) => outcome)).toEqual(left.map(() => 'inside'));
        expect(bulkhead.status).toMatchObject({ inside: 0, queued: 0 });
      }),
      { numRuns: 120 },
    );
  });
});
