import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  DEFAULT_EJECTION,
  createOutlierEjection,
  type EjectionOptions,
} from '../../../../src/chassis/balancer/index.ts';
import { STATUS_CODES } from '../../../../src/chassis/core/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const { OK, UNAVAILABLE, NOT_FOUND, CANCELLED, RESOURCE_EXHAUSTED } = STATUS_CODES;

function over(peers: readonly string[], options: Partial<EjectionOptions> = {}) {
  const clock = createManualClock();
  const ejection = createOutlierEjection({ ...DEFAULT_EJECTION, ...options }, { clock, peers: () => peers });
  const told: string[] = [];
  ejection.events.on('ejected', ({ address, reason, forMs }) => told.push(`${address} out ${forMs}: ${reason}`));
  ejection.events.on('unejected', ({ address }) => told.push(`${address} back`));
  const calls = (address: string, code: number, count: number) => {
    for (let n = 0; n < count; n++) ejection.record(ejection.of(address), code);
  };
  const ejected = () => peers.filter((address) => ejection.of(address).ejectedUntilMs !== undefined);
  return { clock, ejection, told, calls, ejected };
}

describe('createOutlierEjection', () => {
  it.each([2, 3, 4])('ejects one of %d that fails five times in a row while another answers', (count) => {
    const { calls, told, ejected } = over(['a', 'b', 'c', 'd'].slice(0, count));
    calls('b', OK, 1);
    calls('a', UNAVAILABLE, 4);
    expect(ejected()).toEqual([]);
    calls('a', UNAVAILABLE, 1);
    expect(told).toEqual(['a out 5000: consecutive failures']);
  });

  it('does not count what is no fault of the endpoint', () => {
    const { calls, ejected } = over(['a', 'b']);
    for (const code of [NOT_FOUND, RESOURCE_EXHAUSTED, CANCELLED]) calls('a', code, 20);
    calls('a', UNAVAILABLE, 4);
    calls('a', NOT_FOUND, 1); // it answers
    calls('a', UNAVAILABLE, 4);
    expect(ejected()).toEqual([]);
  });

  it('ejects nobody when all fail alike: the fault is behind them', () => {
    const { calls, clock, told } = over(['a', 'b', 'c']);
    for (let round = 0; round < 20; round++) for (const address of ['a', 'b', 'c']) calls(address, UNAVAILABLE, 1);
    clock.advance(10_000);
    expect(told).toEqual([]);
  });

  it.each([2, 3])('ejects one of %d by its success rate when it fails now and then', (count) => {
    const peers = ['a', 'b', 'c'].slice(0, count);
    const { calls, clock, told } = over(peers);
    for (let round = 0; round < 20; round++) {
      for (const address of peers) calls(address, address === 'a' && round % 2 === 0 ? UNAVAILABLE : OK, 1);
    }
    expect(told).toEqual([]);
    clock.advance(DEFAULT_EJECTION.intervalMs);
    expect(told).toEqual(['a out 5000: success rate']);
  });

  it('judges no rates below the volume, and leaves small differences alone', () => {
    const { calls, clock, told } = over(['a', 'b']);
    for (let n = 0; n < 4; n++) {
      calls('a', UNAVAILABLE, 1);
      calls('a', OK, 1);
    }
    calls('b', OK, 20);
    clock.advance(DEFAULT_EJECTION.intervalMs);
    for (let n = 0; n < 20; n++) calls('a', n % 5 === 0 ? UNAVAILABLE : OK, 1);
    calls('b', OK, 20);
    clock.advance(DEFAULT_EJECTION.intervalMs);
    expect(told).toEqual([]);
  });

  it('brings it back after its time, on probation, and for longer each time it fails again', () => {
    const { calls, clock, told } = over(['a', 'b'], { maxMs: 12_000 });
    calls('b', OK, 1);
    calls('a', UNAVAILABLE, 5);
    clock.advance(6_000);
    expect(told.splice(0)).toEqual(['a out 5000: consecutive failures', 'a back']);
    calls('a', UNAVAILABLE, 1);
    clock.advance(12_000);
    calls('a', UNAVAILABLE, 1);
    clock.advance(14_000);
    expect(told).toEqual([
      'a out 10000: consecutive failures',
      'a back',
      'a out 12000: consecutive failures', // the longest there is
      'a back',
    ]);
  });

  it('forgets past ejections while the endpoint answers', () => {
    const { calls, clock, told } = over(['a', 'b']);
    calls('b', OK, 1);
    calls('a', UNAVAILABLE, 5);
    clock.advance(6_000);
    for (let n = 0; n < 3; n++) {
      calls('a', OK, 5);
      clock.advance(DEFAULT_EJECTION.intervalMs);
    }
    calls('b', OK, 1);
    calls('a', UNAVAILABLE, 5);
    expect(told.at(-1)).toBe('a out 5000: consecutive failures');
  });

  it('ejects half of them at most, rounded down, and always leaves one', () => {
    const { calls, ejected } = over(['a', 'b', 'c', 'd', 'e']);
    calls('e', OK, 1);
    for (const address of ['a', 'b', 'c', 'd']) calls(address, UNAVAILABLE, 10);
    expect(ejected()).toEqual(['a', 'b']);
    const greedy = over(['a', 'b', 'c'], { maxEjected: 1 });
    greedy.calls('c', OK, 1);
    for (const address of ['a', 'b', 'c']) greedy.calls(address, UNAVAILABLE, 10);
    expect(greedy.ejected()).toEqual(['a', 'b']);
  });

  it('never has more ejected than allowed, whatever calls do', () => {
    const step = fc.oneof(
      fc.record({ address: fc.nat(4), code: fc.constantFrom(OK, UNAVAILABLE), count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ advanceMs: fc.integer({ min: 1, max: 10_000 }) }),
    );
    const maxEjected = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        maxEjected,
        fc.array(step, { maxLength: 60 }),
        (count, most, steps) => {
          const peers = ['a', 'b', 'c', 'd', 'e'].slice(0, count);
          const { calls, clock, ejected } = over(peers, { maxEjected: most });
          for (const given of steps) {
            if ('advanceMs' in given) clock.advance(given.advanceMs);
            else calls(peers[given.address % count]!, given.code, given.count);
            expect(ejected().length).toBeLessThanOrEqual(Math.min(count - 1, Math.floor(count * most)));
          }
        },
      ),
    );
  });

  it('brings all back when it is switched off', () => {
    const { calls, ejection, told, ejected } = over(['a', 'b']);
    calls('b', OK, 1);
    calls('a', UNAVAILABLE, 5);
    ejection.configure(undefined);
    calls('a', UNAVAILABLE, 50);
    expect(ejected()).toEqual([]);
    expect(told.at(-1)).toBe('a back');
  });

  it('rests when nobody calls', () => {
    const { calls, clock, ejection } = over(['a', 'b']);
    let timers = 0;
    const { setTimer } = clock;
    clock.setTimer = (ms, callback) => {
      timers++;
      return setTimer(ms, callback);
    };
    calls('a', OK, 1);
    clock.advance(100_000);
    expect(timers).toBe(2); // one interval with a call, one without
    ejection.close();
  });
});
