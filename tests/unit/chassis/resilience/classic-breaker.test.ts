import { describe, expect, it } from '@jest/globals';

import {
  createClassicBreaker,
  failureRatio,
  failureStreak,
  type BreakerOutcome,
  type CircuitBreaker,
  type ClassicBreakerOptions,
} from '../../../../src/chassis/resilience/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

function setUp(options: ClassicBreakerOptions = {}) {
  const clock = createManualClock();
  const breaker = createClassicBreaker(
    { trip: failureStreak({ failures: 3 }), openMs: 1_000, successesToClose: 2, ...options },
    { clock },
  );
  const changes: string[] = [];
  breaker.events.on('stateChanged', ({ from, to }) => changes.push(`${from} > ${to}`));
  return { clock, breaker, changes };
}

/** One call that ends at once; false: it was refused. */
function call(breaker: CircuitBreaker, outcome: BreakerOutcome): boolean {
  const generation = breaker.tryEnter();
  if (generation !== undefined) breaker.record(generation, outcome);
  return generation !== undefined;
}

function tripped(options?: ClassicBreakerOptions) {
  const made = setUp(options);
  for (let n = 0; n < 3; n++) call(made.breaker, 'failure');
  return made;
}

describe('createClassicBreaker', () => {
  it('lets everything pass until its rule trips', () => {
    const { breaker } = setUp();
    expect(
      ['failure', 'failure', 'success', 'failure', 'failure'].map((o) => call(breaker, o as BreakerOutcome)),
    ).toEqual([true, true, true, true, true]);
    expect(breaker.state).toEqual({ kind: 'closed' });
    call(breaker, 'failure');
    expect(breaker.state).toEqual({ kind: 'open', untilMs: 1_000 });
  });

  it('refuses everything while it is open, and says how long that lasts', () => {
    const { breaker, clock } = tripped();
    clock.advance(400);
    expect(call(breaker, 'success')).toBe(false);
    expect(breaker.retryAfterMs).toBe(600);
    expect(breaker.rejections).toBe(1);
  });

  it('has one probe in flight, and closes after enough of them succeeded', () => {
    const { breaker, clock, changes } = tripped();
    clock.advance(1_000);
    const probe = breaker.tryEnter();
    expect(breaker.tryEnter()).toBeUndefined();
    breaker.record(probe!, 'success');
    expect(breaker.state).toEqual({ kind: 'halfOpen', successes: 1, isProbing: false });
    expect(call(breaker, 'success')).toBe(true);
    expect(breaker.state).toEqual({ kind: 'closed' });
    expect(changes).toEqual(['closed > open', 'open > halfOpen', 'halfOpen > closed']);
  });

  it('opens again when a probe fails, for as long as before', () => {
    const { breaker, clock } = tripped();
    clock.advance(1_000);
    call(breaker, 'success');
    call(breaker, 'failure');
    expect(breaker.state).toEqual({ kind: 'open', untilMs: 2_000 });
  });

  it('sends another probe when one was given up by its caller', () => {
    const { breaker, clock } = tripped();
    clock.advance(1_000);
    call(breaker, 'ignored');
    expect(breaker.state).toEqual({ kind: 'halfOpen', successes: 0, isProbing: false });
    expect(breaker.tryEnter()).toBeDefined();
  });

  it('does not count what was sent before it opened', () => {
    const { breaker, clock } = setUp();
    const late = [breaker.tryEnter()!, breaker.tryEnter()!];
    for (let n = 0; n < 3; n++) call(breaker, 'failure');
    clock.advance(1_000);
    breaker.tryEnter();
    for (const generation of late) breaker.record(generation, 'success');
    expect(breaker.state).toEqual({ kind: 'halfOpen', successes: 0, isProbing: true });
  });

  it('does not count the second result of one probe', () => {
    const { breaker, clock } = tripped();
    clock.advance(1_000);
    const first = breaker.tryEnter()!;
    breaker.record(first, 'success');
    breaker.tryEnter();
    breaker.record(first, 'success');
    expect(breaker.state).toEqual({ kind: 'halfOpen', successes: 1, isProbing: true });
  });

  it('forgets failures that are older than its window', () => {
    const { breaker, clock } = setUp({
      trip: failureRatio({ ratio: 0.5, minimumVolume: 4 }),
      windowMs: 1_000,
      buckets: 10,
    });
    for (let n = 0; n < 3; n++) call(breaker, 'failure');
    clock.advance(1_000);
    for (let n = 0; n < 3; n++) call(breaker, 'failure');
    expect(breaker.state.kind).toBe('closed');
    clock.advance(500);
    call(breaker, 'failure');
    expect(breaker.state.kind).toBe('open');
  });

  it('names the option that makes no sense', () => {
    expect(() => setUp({ openMs: 0 })).toThrow('openMs: must be a number, at least 1; it is 0');
    expect(() => setUp({ successesToClose: 1.5 })).toThrow(
      'successesToClose: must be a whole number, at least 1; it is 1.5',
    );
  });
});
