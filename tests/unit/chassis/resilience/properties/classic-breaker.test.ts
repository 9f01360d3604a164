import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  createClassicBreaker,
  failureStreak,
  type BreakerCounts,
  type BreakerOutcome,
  type CircuitBreaker,
} from '../../../../../src/chassis/resilience/index.ts';
import { createManualClock, type ManualClock } from '../../../../support/manual-clock.ts';

const FAILURES = 3;
const OPEN_MS = 100;
const SUCCESSES = 2;

/** Somebody the breaker let in who has not told yet how it went. */
interface Entry {
  readonly generation: number;
  /** How often the breaker had changed its mind when it was let in. */
  readonly epoch: number;
  readonly isProbe: boolean;
}

/** What an onlooker knows. */
interface Seen {
  entries: Entry[];
  epoch: number;
  failuresInARow: number;
  probeSuccesses: number;
}

interface Real {
  readonly clock: ManualClock;
  readonly breaker: CircuitBreaker;
  readonly changes: string[];
}

type BreakerCommand = fc.Command<Seen, Real>;

const LEGAL = new Set(['closed > open', 'open > halfOpen', 'halfOpen > open', 'halfOpen > closed']);

/** After every command. */
function checkAlways(seen: Seen, { breaker }: Real): void {
  const probes = seen.entries.filter(({ isProbe, epoch }) => isProbe && epoch === seen.epoch).length;
  if (probes > 1) throw new Error(`${probes} probes in flight`);
  if (breaker.state.kind === 'halfOpen') expect(breaker.state.isProbing).toBe(probes === 1);
}

/** Somebody asks to be let in. */
class Enter implements BreakerCommand {
  check = () => true;
  run(seen: Seen, real: Real): void {
    const { breaker, clock } = real;
    const before = breaker.state;
    const generation = breaker.tryEnter();
    const mayProbe =
      (before.kind === 'open' && clock.monotonicMs() >= before.untilMs) ||
      (before.kind === 'halfOpen' && !before.isProbing);
    expect(generation !== undefined).toBe(before.kind === 'closed' || mayProbe);
    if (before.kind === 'open' && mayProbe) {
      seen.epoch += 1;
      seen.probeSuccesses = 0;
    }
    if (generation !== undefined) {
      seen.entries.push({ generation, epoch: seen.epoch, isProbe: before.kind !== 'closed' });
    }
    checkAlways(seen, real);
  }
  toString = () => 'enter';
}

/** One of those who were let in tells how it went, however late. */
class Tell implements BreakerCommand {
  readonly #which: number;
  readonly #outcome: BreakerOutcome;
  constructor(which: number, outcome: BreakerOutcome) {
    this.#which = which;
    this.#outcome = outcome;
  }
  check = ({ entries }: Readonly<Seen>) => entries.length > 0;
  run(seen: Seen, real: Real): void {
    const { breaker, clock } = real;
    const before = breaker.state;
    const [entry] = seen.entries.splice(this.#which % seen.entries.length, 1) as [Entry];
    breaker.record(entry.generation, this.#outcome);
    if (entry.epoch !== seen.epoch) expect(breaker.state).toEqual(before);
    else if (entry.isProbe) this.#afterProbe(seen, real);
    else if (this.#outcome !== 'ignored') {
      seen.failuresInARow = this.#outcome === 'failure' ? seen.failuresInARow + 1 : 0;
      const isOpen = seen.failuresInARow === FAILURES;
      expect(breaker.state).toEqual(isOpen ? { kind: 'open', untilMs: clock.monotonicMs() + OPEN_MS } : before);
      if (isOpen) seen.epoch += 1;
    }
    checkAlways(seen, real);
  }
  #afterProbe(seen: Seen, { breaker, clock }: Real): void {
    if (this.#outcome === 'failure') {
      expect(breaker.state).toEqual({ kind: 'open', untilMs: clock.monotonicMs() + OPEN_MS });
      seen.epoch += 1;
      return;
    }
    if (this.#outcome === 'success') seen.probeSuccesses += 1;
    const isClosed = seen.probeSuccesses === SUCCESSES;
    expect(breaker.state.kind).toBe(isClosed ? 'closed' : 'halfOpen');
    if (isClosed) Object.assign(seen, { epoch: seen.epoch + 1, failuresInARow: 0 });
  }
  toString = () => `tell ${this.#which} ${this.#outcome}`;
}

/** Time passes. */
class Wait implements BreakerCommand {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  check = () => true;
  run(seen: Seen, real: Real): void {
    real.clock.advance(this.#ms);
    checkAlways(seen, real);
  }
  toString = () => `wait ${this.#ms}`;
}

const commands = [
  fc.constant(new Enter()),
  fc
    .tuple(fc.nat(), fc.constantFrom<BreakerOutcome>('success', 'failure', 'success', 'failure', 'ignored'))
    .map(([which, outcome]) => new Tell(which, outcome)),
  fc.integer({ min: 1, max: 160 }).map((ms) => new Wait(ms)),
];

describe('createClassicBreaker, in any interleaving', () => {
  it('has one probe in flight at most, ignores results from before its last change, and goes only the ways it may', () => {
    let closedAgain = 0;
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 120, size: 'max' }), (all) => {
        const clock = createManualClock();
        const trip = failureStreak({ failures: FAILURES });
        const breaker = createClassicBreaker({ trip, openMs: OPEN_MS, successesToClose: SUCCESSES }, { clock });
        const changes: string[] = [];
        breaker.events.on('stateChanged', ({ from, to }) => changes.push(`${from} > ${to}`));
        const model: Seen = { entries: [], epoch: 0, failuresInARow: 0, probeSuccesses: 0 };
        fc.modelRun(() => ({ model, real: { clock, breaker, changes } }), all);
        expect(changes.filter((change) => !LEGAL.has(change))).toEqual([]);
        if (changes.includes('halfOpen > closed')) closedAgain += 1;
      }),
      { numRuns: 150 },
    );
    expect(closedAgain).toBeGreaterThan(0); // the commands get around
  });

  it('shows its rule exactly what its window holds', () => {
    const calls = fc.array(fc.record({ waitMs: fc.nat({ max: 60 }), failed: fc.boolean() }), { maxLength: 200 });
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 12 }), (all, buckets) => {
        const windowMs = 240;
        const tickOf = (ms: number) => Math.floor(ms / (windowMs / buckets));
        const clock = createManualClock();
        const shown: BreakerCounts[] = [];
        const trip = { shouldTrip: (counts: BreakerCounts) => shown.push({ ...counts }) === 0 };
        const breaker = createClassicBreaker({ trip, windowMs, buckets }, { clock });
        const told: { readonly tick: number; readonly failed: boolean }[] = [];
        for (const { waitMs, failed } of all) {
          clock.advance(waitMs);
          const tick = tickOf(clock.monotonicMs());
          told.push({ tick, failed });
          breaker.record(breaker.tryEnter()!, failed ? 'failure' : 'success');
          if (!failed) continue;
          const held = told.filter((one) => one.tick > tick - buckets);
          expect(shown.at(-1)).toMatchObject({
            successes: held.filter((one) => !one.failed).length,
            failures: held.filter((one) => one.failed).length,
          });
        }
      }),
      { numRuns: 200 },
    );
  });
});
