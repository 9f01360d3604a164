import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { DEFAULT_SHEDDING } from '../../../../src/chassis/shedding/index.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { simulateProcess, type Traffic } from './simulated-process.ts';

/** 500 calls a second, and a refusal at a fiftieth of a call. */
const COSTS = { callMs: 2, refusalMs: 0.04 };
const OPTIONS = { ...DEFAULT_SHEDDING, targetDelayMs: 30 };

const browsing = (perSecond: number): Traffic => ({ priority: 'sheddable', perSecond });
const checkout = (perSecond: number): Traffic => ({ priority: 'critical', perSecond });
const rest = (perSecond: number): Traffic => ({ priority: 'normal', perSecond });

function start(seed = 1, options: typeof OPTIONS | false = OPTIONS) {
  const process = simulateProcess(options, COSTS, seededRandom(seed));
  const told: string[] = [];
  process.shedder.events.on('started', () => told.push('started'));
  process.shedder.events.on('ended', () => told.push('ended'));
  return { process, told };
}

describe('createLoadShedder', () => {
  it('lets everybody in while the process stands it', () => {
    const { process, told } = start();
    const { critical, sheddable } = process.run(20, [checkout(100), browsing(300)]);
    expect([critical.served, sheddable.served]).toEqual([2_000, 6_000]);
    expect(told).toEqual([]);
  });

  it('keeps the process busy with what it can do at three times its capacity, and nobody waits long', () => {
    const { process } = start();
    process.run(2, [checkout(300), browsing(1_200)]);
    const { critical, sheddable } = process.run(20, [checkout(300), browsing(1_200)]);
    // Of 10,000 calls in 20 s, refusals cost the time of some 400.
    expect(critical.served + sheddable.served).toBeGreaterThan(9_000);
    expect(critical.longestMs).toBeLessThan(300);
  });

  it('serves the checkout before everything else, and the rest before browsing', () => {
    const { process } = start();
    process.run(2, [checkout(200), rest(200), browsing(1_100)]);
    const { critical, normal, sheddable } = process.run(20, [checkout(200), rest(200), browsing(1_100)]);
    expect(critical.served / critical.offered).toBeGreaterThan(0.99);
    expect(normal.served / normal.offered).toBeGreaterThan(0.9);
    expect(sheddable.served / sheddable.offered).toBeLessThan(0.15);
  });

  it('turns to the checkout itself last, where there is nothing else to refuse', () => {
    const { process } = start();
    process.run(2, [checkout(1_000), browsing(500)]);
    const { critical, sheddable } = process.run(20, [checkout(1_000), browsing(500)]);
    expect(critical.served).toBeGreaterThan(8_500);
    expect(sheddable.served).toBeLessThan(100);
  });

  it('lets everybody in again when the load has gone, after five quiet seconds', () => {
    const { process, told } = start();
    process.run(10, [browsing(1_500)]);
    expect(process.shedder.status.state).toBe('shedding');
    const { sheddable } = process.run(7, [browsing(250)]);
    expect(sheddable.served / sheddable.offered).toBeGreaterThan(0.95);
    expect(process.shedder.status).toMatchObject({ state: 'open', admission: { sheddable: 1 } });
    expect(told).toEqual(['started', 'ended']);
  });

  it('is open again after a silence, also to who only looks', () => {
    const { process } = start();
    process.run(10, [browsing(1_500)]);
    process.run(6, []);
    expect(process.shedder.status.state).toBe('open');
  });

  it('does not flap at the edge of its capacity', () => {
    const { process, told } = start();
    process.run(60, [checkout(100), browsing(400)]);
    expect(told.filter((event) => event === 'started').length).toBeLessThanOrEqual(4);
  });

  it('refuses or lets in the same calls wherever they come, and tells the refused when to come back', () => {
    const { process } = start();
    process.run(10, [browsing(1_500)]);
    const { shedder } = process;
    const retries = Array.from({ length: 50 }, (_, n) => shedder.admit('sheddable', `id-${n}`));
    const again = Array.from({ length: 50 }, (_, n) => shedder.admit('sheddable', `id-${n}`));
    expect(retries.map((ms) => ms === undefined)).toEqual(again.map((ms) => ms === undefined));
    const waits = retries.filter((ms) => ms !== undefined);
    expect(waits.length).toBeGreaterThan(10);
    for (const ms of waits) expect(ms).toBeGreaterThan(500);
  });

  it('can be switched off and on while it runs', () => {
    const { process, told } = start();
    process.run(5, [browsing(1_500)]);
    process.shedder.configure(false);
    expect(process.shedder.status.state).toBe('off');
    expect(process.shedder.admit('sheddable', 'any')).toBeUndefined();
    process.shedder.configure(OPTIONS);
    expect(process.shedder.status.state).toBe('open');
    expect(told).toEqual(['started', 'ended']);
  });

  it('finds its way for any mix of traffic: what is important is served first, and nobody waits for ever', () => {
    const perSecond = fc.integer({ min: 0, max: 1_500 });
    fc.assert(
      fc.property(fc.nat(), perSecond, perSecond, perSecond, (seed, critical, normal, sheddable) => {
        const { process } = start(seed);
        const traffic = [checkout(critical), rest(normal), browsing(sheddable)];
        process.run(3, traffic);
        const after = process.run(10, traffic);
        const served = after.critical.served + after.normal.served + after.sheddable.served;
        const offered = critical + normal + sheddable;
        const refusals = Math.max(0, offered - 500) * COSTS.refusalMs; // per second, in milliseconds
        const possible = Math.min(offered, (1_000 - refusals) / COSTS.callMs) * 10;
        expect(served).toBeGreaterThan(possible * 0.88 - 20);
        for (const { longestMs } of Object.values(after)) expect(longestMs).toBeLessThan(500);
        if (critical < 400) expect(after.critical.served).toBeGreaterThan(after.critical.offered * 0.95 - 5);
      }),
      { numRuns: 15 },
    );
  });
});
