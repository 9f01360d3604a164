import { describe, expect, it } from '@jest/globals';

import {
  createAdaptiveBreaker,
  type AdaptiveBreakerOptions,
  type BreakerOutcome,
} from '../../../../src/chassis/resilience/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

function setUp(options: AdaptiveBreakerOptions = {}) {
  const clock = createManualClock();
  const breaker = createAdaptiveBreaker(options, { clock, random: seededRandom(1) });
  /** Calls at 1,000 a second for so long; what came of them. */
  const traffic = (ms: number, outcome: (n: number) => BreakerOutcome) => {
    let passed = 0;
    for (let n = 0; n < ms; n++) {
      clock.advance(1);
      const generation = breaker.tryEnter();
      if (generation === undefined) continue;
      passed += 1;
      breaker.record(generation, outcome(passed));
    }
    return { passed, refused: ms - passed };
  };
  return { clock, breaker, traffic };
}

describe('createAdaptiveBreaker', () => {
  it('refuses nothing while the callee answers', () => {
    const { breaker, traffic } = setUp();
    expect(traffic(5_000, () => 'success').refused).toBe(0);
    expect(breaker.state).toEqual({ kind: 'closed' });
  });

  it('sends about K calls for each that is answered', () => {
    const { traffic } = setUp({ callsPerAccept: 2 });
    const answeredEach = 5; // the callee answers 100 of the 1,000 calls a second, however many it gets
    let budget = 0;
    const outcome = () => {
      budget -= 1;
      return budget >= 0 ? 'success' : 'failure';
    };
    const passed = [];
    for (let n = 0; n < 600; n++) {
      budget = answeredEach;
      passed.push(traffic(50, outcome).passed);
    }
    const late = passed.slice(-200).reduce((sum, count) => sum + count, 0) / 200;
    expect(late).toBeGreaterThan(1.5 * answeredEach);
    expect(late).toBeLessThan(2.6 * answeredEach);
  });

  it('lets a few calls through however long the callee fails', () => {
    const { traffic } = setUp({ probeEveryMs: 100 });
    traffic(30_000, () => 'failure');
    const { passed } = traffic(10_000, () => 'failure');
    expect(passed).toBeGreaterThanOrEqual(100);
    expect(passed).toBeLessThan(150);
  });

  it('lets everything through again within two seconds of an unbroken run of successes', () => {
    const { breaker, traffic } = setUp();
    traffic(30_000, () => 'failure');
    expect(breaker.state.kind).toBe('throttling');
    traffic(2_000, () => 'success');
    expect(traffic(1_000, () => 'success').refused).toBe(0);
    expect(breaker.state).toEqual({ kind: 'closed' });
  });

  it('forgives a few failures of a quiet client', () => {
    const { clock, breaker } = setUp({ tolerated: 10 });
    for (let n = 0; n < 10; n++) {
      clock.advance(1);
      breaker.record(breaker.tryEnter()!, 'failure');
    }
    expect(breaker.state).toEqual({ kind: 'closed' });
  });

  it('does not count what was ignored', () => {
    const { traffic } = setUp();
    expect(traffic(5_000, () => 'ignored').refused).toBe(0);
  });

  it('names the option that makes no sense', () => {
    expect(() => setUp({ callsPerAccept: 0.5 })).toThrow('callsPerAccept: must be a number, at least 1; it is 0.5');
  });
});
