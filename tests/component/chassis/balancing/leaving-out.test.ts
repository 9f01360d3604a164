import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { eventually } from '../../../support/eventually.ts';
import { expectInTurns, startFleet, type Fleet } from './fleet.ts';

/** Fast enough for a test; the defaults differ in nothing else. */
const QUICK = { intervalMs: 100, baseMs: 400 };

describe('leaving endpoints out', () => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet();
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  it.each([2, 3])('ejects the one of %d replicas that fails, and takes it back when it is well', async (count) => {
    const replicas = await Promise.all(['a', 'b', 'c'].slice(0, count).map((name) => fleet.replica(name)));
    const sick = replicas[0]!;
    await fleet.configure({ ejection: QUICK });
    const caller = fleet.caller();
    const told: string[] = [];
    caller.factory.events.on('ejected', ({ reason }) => told.push(reason));
    caller.factory.events.on('unejected', () => told.push('back'));
    await caller.pickable(count);
    await caller.configured(1);

    sick.isFailing = true;
    const { failed = 0 } = await caller.count(100);
    expect(failed).toBeGreaterThanOrEqual(5);
    expect(told[0]).toBe('consecutive failures');
    expect(caller.status().endpoints.filter(({ ejectedForMs }) => ejectedForMs !== undefined)).toHaveLength(1);
    expect(caller.status().summary).toMatchObject({ ready: count, ejected: 1, pickable: count - 1, panic: 'none' });

    sick.isFailing = false;
    await caller.pickable(count);
    expect(told).toContain('back');
    expectInTurns(await caller.count(count * 10), ['a', 'b', 'c'].slice(0, count));
  });

  it('fails no idempotent call meanwhile', async () => {
    const sick = await fleet.replica('sick');
    await fleet.replica('well');
    sick.isFailing = true;
    const caller = fleet.caller({ retry: { maxAttempts: 3 } });
    await caller.pickable(2);
    expect(await caller.count(200)).toEqual({ well: 200 });
    expect(sick.calls).toBeLessThan(100); // 200 attempts without ejection; 50 calls may be under way when it comes
  });

  it('calls nobody who says that it does not serve, although its connection is ready', async () => {
    const resting = await fleet.replica('resting');
    await fleet.replica('serving');
    const caller = fleet.caller();
    const told: string[] = [];
    caller.factory.events.on('health', ({ health }) => told.push(health));
    await caller.pickable(2);
    resting.service.server.health.set('not-serving');
    await caller.pickable(1);
    expect(await caller.count(40)).toEqual({ serving: 40 });
    const states = caller.status().endpoints.map(({ state, health }) => `${state}, ${health}`);
    expect(states.toSorted()).toEqual(['ready, not serving', 'ready, serving']);
    expect(resting.calls).toBe(0);

    resting.service.server.health.set('serving');
    await caller.pickable(2);
    expectInTurns(await caller.count(40), ['serving', 'resting']);
    expect(told).toEqual(['serving', 'serving', 'not serving', 'serving']);
  });

  it('never begins with a replica that does not serve', async () => {
    const resting = await fleet.replica('resting');
    resting.service.server.health.set('not-serving');
    await fleet.replica('serving');
    const caller = fleet.caller();
    expect(await caller.count(20)).toEqual({ serving: 20 });
  });

  it('calls all when nobody serves: somebody may answer all the same', async () => {
    const replicas = [await fleet.replica('a'), await fleet.replica('b')];
    const caller = fleet.caller();
    await caller.pickable(2);
    for (const { service } of replicas) service.server.health.set('not-serving');
    await eventually(() => expect(caller.status().summary).toMatchObject({ unhealthy: 2, panic: 'unhealthy' }));
    expectInTurns(await caller.count(20), ['a', 'b']);
  });

  it('does not ask for health where that is switched off', async () => {
    const resting = await fleet.replica('resting');
    await fleet.replica('serving');
    resting.service.server.health.set('not-serving');
    await fleet.configure({ health: false });
    const caller = fleet.caller();
    await caller.configured(1);
    await caller.pickable(2);
    expectInTurns(await caller.count(20), ['resting', 'serving']);
  });

  it('stays in its zone, spills over when part of it dies, and leaves when all of it has', async () => {
    const [near1, near2] = [await fleet.replica('near-1', { zone: 'a' }), await fleet.replica('near-2', { zone: 'a' })];
    for (const name of ['far-1', 'far-2']) await fleet.replica(name, { zone: 'b' });
    const caller = fleet.caller({ zone: 'a', retry: { maxAttempts: 3 } });
    await caller.pickable(4);
    expectInTurns(await caller.count(100), ['near-1', 'near-2']);

    await near1.service.server.close(); // as a crash: it is still in the registry
    await caller.pickable(3);
    const { 'near-2': near = 0, ...far } = await caller.count(700);
    expect(caller.failures).toEqual([]);
    // one of two is 0.5, 0.7 would be enough: 500 of 700 stay; the deviation of a fair draw is 12.
    expect(near).toBeGreaterThan(500 - 72);
    expect(near).toBeLessThan(500 + 72);
    expect(Object.keys(far).toSorted()).toEqual(['far-1', 'far-2']);

    await near2.service.server.close();
    await caller.pickable(2);
    expectInTurns(await caller.count(40), ['far-1', 'far-2']);
  });

  it('looks at no zones where that is switched off', async () => {
    for (const zone of ['a', 'b']) await fleet.replica(zone, { zone });
    await fleet.configure({ zone: { prefer: false } });
    const caller = fleet.caller({ zone: 'a' });
    await caller.pickable(2);
    await caller.configured(1);
    expectInTurns(await caller.count(40), ['a', 'b']);
  });
});
