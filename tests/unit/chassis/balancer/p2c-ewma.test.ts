import { describe, expect, it } from '@jest/globals';

import { STATUS_CODES } from '../../../../src/chassis/core/index.ts';
import type { P2cEwmaOptions, ReadyEndpoint } from '../../../../src/chassis/balancer/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { addressOf, callInfo, countPicks, endpoint, equalFleet, fleet, pick, policyOf, seededRandom } from './fleet.ts';
import { createSimulation } from './simulation.ts';

const A = '10.0.0.0:1';

function simulate(ready: readonly ReadyEndpoint[], callsPerMs: number, options: P2cEwmaOptions = {}, seed = 1) {
  const clock = createManualClock();
  const policy = policyOf({ kind: 'p2c_ewma', ...options }, { clock, seed });
  const simulation = createSimulation({ policy, ready, clock, random: seededRandom(seed + 1), callsPerMs });
  return { clock, policy, simulation };
}

const shareOf = (given: Readonly<Record<string, number>>, address: string) =>
  (given[address] ?? 0) / Object.values(given).reduce((sum, count) => sum + count, 0);

describe('createP2cEwma', () => {
  it.each([1, 2, 3, 4])('balances equal endpoints (seed %i)', (seed) => {
    const { simulation } = simulate(equalFleet(8), 2, {}, seed);
    const given = simulation.run(10_000);
    for (const count of Object.values(given)) expect(Math.abs(count - 2_500)).toBeLessThan(400);
  });

  it('gives a slow endpoint less', () => {
    const slow = simulate(equalFleet(3), 2).simulation;
    slow.behaviour(A).latencyMs = 40;
    slow.run(2_000);
    expect(shareOf(slow.run(5_000), A)).toBeLessThan(0.12);
  });

  it.each([
    [0.05, 100_000],
    [2, 10_000],
  ])('gives a heavier endpoint more, with %d calls in a millisecond', (callsPerMs, durationMs) => {
    const { simulation } = simulate(fleet([300, 100, 100]), callsPerMs);
    simulation.run(3_000);
    const share = shareOf(simulation.run(durationMs), A);
    expect(Math.abs(share - 0.6)).toBeLessThan(0.05);
  });

  it.each([2, 3, 10])('leaves a stalled one of %i before any of its calls has ended', (size) => {
    const { simulation } = simulate(equalFleet(size), 2);
    simulation.run(3_000);
    simulation.behaviour(A).isFrozen = true;
    const endedBefore = simulation.ended(A);
    const first = simulation.run(50)[A] ?? 0;
    expect(first).toBeLessThan(50);
    expect(simulation.run(5_000)[A] ?? 0).toBeLessThanOrEqual(5); // of 10,000 calls
    expect(simulation.ended(A)).toBe(endedBefore);
  });

  it('comes back to it after it has healed', () => {
    const { simulation } = simulate(equalFleet(3), 2);
    simulation.run(3_000);
    simulation.behaviour(A).isFrozen = true;
    simulation.run(5_000);
    simulation.behaviour(A).isFrozen = false;
    simulation.run(15_000);
    expect(shareOf(simulation.run(5_000), A)).toBeGreaterThan(0.25);
  });

  it('remembers the stall over new pickers and new endpoints, until the address is forgotten', () => {
    const ready = equalFleet(3);
    const { simulation, policy } = simulate(ready, 2);
    simulation.run(3_000);
    simulation.behaviour(A).isFrozen = true;
    simulation.run(200);
    let given = 0;
    for (let n = 0; n < 100; n++) {
      simulation.update(n % 2 === 0 ? [...ready, endpoint('10.0.0.9:1')] : ready);
      given += simulation.run(10)[A] ?? 0;
    }
    expect(given).toBeLessThanOrEqual(2); // of 2,000 calls
    policy.forget?.(A);
    simulation.update(ready);
    expect(simulation.run(20)[A]).toBeGreaterThan(3);
  });

  it('neither floods nor starves a new endpoint', () => {
    const { simulation } = simulate(equalFleet(3), 2);
    simulation.run(3_000);
    const added = '10.0.0.9:1';
    simulation.update([...equalFleet(3), endpoint(added)]);
    for (const windowMs of [100, 500, 2_000]) {
      const share = shareOf(simulation.run(windowMs), added);
      expect(share).toBeGreaterThan(0.12);
      expect(share).toBeLessThan(0.45);
    }
  });

  it('does not fall for a new endpoint that answers nothing', () => {
    const { simulation } = simulate(equalFleet(3), 2);
    simulation.run(3_000);
    const added = '10.0.0.9:1';
    simulation.behaviour(added).isFrozen = true;
    simulation.update([...equalFleet(3), endpoint(added)]);
    expect(simulation.run(3_000)[added]).toBeLessThan(50); // of 6,000 calls
  });

  it('does not take failing at once for being fast, and comes back when it works again', () => {
    const { simulation } = simulate(equalFleet(3), 2);
    simulation.run(3_000);
    simulation.behaviour(A).failsWith = STATUS_CODES.UNAVAILABLE;
    simulation.run(500);
    expect(shareOf(simulation.run(20_000), A)).toBeLessThan(0.05);
    simulation.behaviour(A).failsWith = undefined;
    simulation.run(10_000);
    expect(shareOf(simulation.run(5_000), A)).toBeGreaterThan(0.25);
  });

  it('takes an answer that says no for an answer', () => {
    const { simulation } = simulate(equalFleet(3), 2);
    simulation.run(3_000);
    simulation.behaviour(A).failsWith = STATUS_CODES.NOT_FOUND;
    simulation.run(1_000);
    expect(shareOf(simulation.run(5_000), A)).toBeGreaterThan(0.33);
  });

  it('finds out about an endpoint it has not chosen for long, with one call at a time', () => {
    const clock = createManualClock();
    const ready = equalFleet(2);
    const picker = policyOf({ kind: 'p2c_ewma' }, { clock }).createPicker(ready);
    const slow = pick(picker);
    slow.onStart?.(0);
    clock.advance(900);
    slow.onEnd?.(STATUS_CODES.OK, 900, 900);
    const other = ready.find(({ subchannel }) => subchannel !== slow.subchannel)!.endpoint.address;
    const fast = pick(picker, callInfo({ avoid: slow.subchannel }));
    fast.onStart?.(900);
    clock.advance(1);
    fast.onEnd?.(STATUS_CODES.OK, 1, 901);

    expect(Array.from({ length: 20 }, () => addressOf(picker))).toEqual(Array(20).fill(other));
    clock.advance(300);
    expect(addressOf(picker, callInfo({ isStream: true }))).toBe(other); // measures nothing: not sent to find out
    const probe = pick(picker);
    expect(probe.subchannel).toBe(slow.subchannel);
    probe.onStart?.(clock.monotonicMs());
    clock.advance(5_000);
    expect(Array.from({ length: 20 }, () => addressOf(picker))).toEqual(Array(20).fill(other));
  });

  it('sends no retry to find out', () => {
    const clock = createManualClock();
    const ready = equalFleet(3);
    const [slow, bad] = ready as readonly [ReadyEndpoint, ReadyEndpoint, ReadyEndpoint];
    const policy = policyOf({ kind: 'p2c_ewma' }, { clock });
    clock.advance(500);
    for (const one of ready) {
      const { onStart, onEnd } = pick(policy.createPicker([one]));
      const durationMs = one === slow ? 500 : 1;
      onStart?.(500 - durationMs);
      onEnd?.(STATUS_CODES.OK, durationMs, 500);
    }
    clock.advance(1_500);
    const picker = policy.createPicker(ready);
    const retries = Array.from({ length: 30 }, () => addressOf(picker, callInfo({ avoid: bad.subchannel })));
    expect(retries).not.toContain(slow.subchannel.address);
    expect(Array.from({ length: 30 }, () => addressOf(picker))).toContain(slow.subchannel.address);
  });

  it('does not take the age of a stream for a stall, nor its length for latency', () => {
    const clock = createManualClock();
    const ready = equalFleet(2);
    const picker = policyOf({ kind: 'p2c_ewma' }, { clock }).createPicker(ready);
    const begin = (avoid: ReadyEndpoint, isStream: boolean) => {
      const call = pick(picker, callInfo({ isStream, avoid: avoid.subchannel }));
      call.onStart?.(clock.monotonicMs());
      return call;
    };
    const expectBalance = () => {
      for (const count of countPicks(picker, ready, 400)) expect(Math.abs(count - 200)).toBeLessThan(60);
    };
    const [one, other] = ready as readonly [ReadyEndpoint, ReadyEndpoint];
    const old = begin(one, true);
    clock.advance(3_600_000);
    const young = begin(other, true);
    expectBalance(); // a stream each, one of them an hour old

    const short = [begin(one, false), begin(other, false)];
    clock.advance(10);
    for (const call of short) call.onEnd?.(STATUS_CODES.OK, 10, clock.monotonicMs());
    old.onEnd?.(STATUS_CODES.OK, 3_600_010, clock.monotonicMs());
    young.onEnd?.(STATUS_CODES.OK, 10, clock.monotonicMs());
    expectBalance();
  });

  it('tells what it has learned of an address, until that is forgotten', () => {
    const clock = createManualClock();
    const ready = equalFleet(1);
    const policy = policyOf({ kind: 'p2c_ewma', decayMs: 1_000 }, { clock });
    const picker = policy.createPicker(ready);
    expect(policy.describe?.(A)).toEqual({ inFlight: 0, pendingAgeMs: 0, success: 1 });
    for (const code of [STATUS_CODES.OK, STATUS_CODES.UNAVAILABLE]) {
      const call = pick(picker);
      call.onStart?.(clock.monotonicMs());
      clock.advance(20);
      call.onEnd?.(code, 20, clock.monotonicMs());
    }
    pick(picker).onStart?.(clock.monotonicMs());
    expect(policy.describe?.(A)).toMatchObject({ inFlight: 1, pendingAgeMs: 0, latencyMs: 20 });
    expect(policy.describe?.(A)?.['success']).toBeCloseTo(0.8);
    clock.advance(1_000);
    expect(policy.describe?.(A)?.['pendingAgeMs']).toBe(1_000);
    expect(policy.describe?.(A)?.['success']).toBeCloseTo(1 - 0.2 / Math.E);
    policy.forget?.(A);
    expect(policy.describe?.(A)).toBeUndefined();
  });

  it('keeps the calls in flight right when they begin and end over different pickers', () => {
    const clock = createManualClock();
    const ready = equalFleet(2);
    const policy = policyOf({ kind: 'p2c_ewma' }, { clock });
    const calls = Array.from({ length: 9 }, () => {
      const call = pick(policy.createPicker(ready), callInfo({ avoid: ready[1]!.subchannel }));
      call.onStart?.(0);
      return call;
    });
    expect(Array.from({ length: 20 }, () => addressOf(policy.createPicker(ready)))).not.toContain(A);
    for (const call of calls) call.onEnd?.(STATUS_CODES.CANCELLED, 0, 0);
    const [first, second] = countPicks(policy.createPicker(ready), ready, 400);
    expect(Math.abs(first! - second!)).toBeLessThan(120);
  });
});
