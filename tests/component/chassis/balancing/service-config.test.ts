import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { eventually } from '../../../support/eventually.ts';
import { ID, expectInTurns, startFleet, type Fleet } from './fleet.ts';

describe('the service config of a process in etcd', () => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet();
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  it('sends a canary its 5 %, moves the rest when told to, and forgets about it when the key is deleted', async () => {
    await fleet.replica('old-1', { version: '1' });
    await fleet.replica('old-2', { version: '1' });
    await fleet.replica('new', { version: '2' });
    const caller = fleet.caller();
    await caller.pickable(3);
    const split = (percent: number) => ({
      breaker: false as const, // a machine that stands still for a moment would have it refuse what is counted here
      routes: [{ to: [{ version: '2', weight: percent }, { version: '1', weight: 100 - percent }] }], // prettier-ignore
    });

    await fleet.configure(split(5));
    await caller.configured(1);
    const { new: canary = 0 } = await caller.count(2_000);
    expect(caller.failures).toEqual([]);
    // 100 expected; the deviation of a fair draw is 9.7, six of them happen once in half a thousand million runs.
    expect(canary).toBeGreaterThan(100 - 58);
    expect(canary).toBeLessThan(100 + 58);

    await fleet.configure(split(100));
    await caller.configured(2);
    expect(await caller.count(100)).toEqual({ new: 100 });

    await fleet.unconfigure();
    await caller.configured(3);
    expectInTurns(await caller.count(300), ['old-1', 'old-2', 'new']);
    const versions = caller
      .status()
      .picks.filter(({ count }) => count > 0)
      .map(({ version }) => version);
    expect(versions.toSorted()).toEqual(['1', '2']);
  });

  it('switches from blue to green under load without a failed call', async () => {
    for (const name of ['blue-1', 'blue-2']) await fleet.replica(name, { version: 'blue' });
    for (const name of ['green-1', 'green-2']) await fleet.replica(name, { version: 'green' });
    await fleet.configure({ routes: [{ to: [{ version: 'blue', weight: 1 }] }] });
    const caller = fleet.caller();
    await caller.pickable(2 + 2);
    await caller.configured(1);

    const failures: unknown[] = [];
    let answers = 0;
    let latest = '';
    let isOver = false;
    const workers = Array.from({ length: 16 }, async () => {
      while (!isOver) {
        try {
          const { user } = await caller.client.updateUser({ user: { id: ID, displayName: 'x' } });
          latest = user?.displayName ?? '';
          answers++;
        } catch (error) {
          failures.push(error);
        }
      }
    });
    await eventually(() => expect(answers).toBeGreaterThan(300));
    expect(latest).toMatch(/^blue/);
    await fleet.configure({ routes: [{ to: [{ version: 'green', weight: 1 }] }] });
    await caller.configured(2);
    expectInTurns(await caller.count(100), ['green-1', 'green-2']);
    const before = answers;
    await eventually(() => expect(answers).toBeGreaterThan(before + 300));
    isOver = true;
    await Promise.all(workers);
    expect(failures).toEqual([]);
    expect(latest).toMatch(/^green/);
  });

  it('goes by a header, and keeps a user with one version', async () => {
    await fleet.replica('old', { version: '1' });
    await fleet.replica('new', { version: '2' });
    await fleet.configure({
      routes: [
        { when: { header: { name: 'x-canary', value: 'yes' } }, to: [{ version: '2', weight: 1 }] },
        { to: [{ version: '2', weight: 50 }, { version: '1', weight: 50 }], by: { header: 'x-user' } }, // prettier-ignore
      ],
    });
    const caller = fleet.caller();
    await caller.pickable(2);
    await caller.configured(1);
    expect(await caller.count(50, { 'x-canary': 'yes' })).toEqual({ new: 50 });
    const versions = new Set<string>();
    for (let user = 0; user < 20; user++) {
      const names = Object.keys(await caller.count(5, { 'x-user': `user-${user}` }));
      expect(names).toHaveLength(1);
      versions.add(names[0]!);
    }
    expect(versions).toEqual(new Set(['old', 'new']));
  });

  it('keeps to the last good one when the new one is not valid, and says so', async () => {
    await fleet.replica('old', { version: '1' });
    await fleet.replica('new', { version: '2' });
    const caller = fleet.caller();
    const rejected: string[] = [];
    caller.factory.events.on('configRejected', ({ target, error }) => rejected.push(`${target} ${error.message}`));
    await caller.pickable(2);
    await fleet.configure({ routes: [{ to: [{ version: '2', weight: 1 }] }] });
    await caller.configured(1);
    await fleet.configure('{"routes": [{"to": [{"version": "1"}]}]}');
    await eventually(() => expect(rejected).toEqual(['etcd:///profile routes[0].to[0].weight: is missing']));
    expect(caller.status().config).toMatchObject({ generation: 1, rejected: 'routes[0].to[0].weight: is missing' });
    expect(await caller.count(20)).toEqual({ new: 20 });
  });

  it('gives methods policies of their own', async () => {
    for (const name of ['a', 'b', 'c']) await fleet.replica(name);
    const methods = { '/tradewind.user.v1.UserService/ListUsers': { kind: 'pick_first' } as const };
    await fleet.configure({ balancing: { methods } });
    const caller = fleet.caller();
    await caller.pickable(3);
    await caller.configured(1);
    const names = new Set<string>();
    for (let n = 0; n < 12; n++) names.add((await caller.client.listUsers({})).users[0]!.displayName);
    expect(names.size).toBe(1);
    expectInTurns(await caller.count(30), ['a', 'b', 'c']);
  });

  it('keeps what was learned when something else is changed', async () => {
    const sick = await fleet.replica('sick');
    await fleet.replica('well');
    const balancing = { policy: { kind: 'p2c_ewma', decayMs: 60_000 } as const };
    const ejection = { baseMs: 60_000 };
    await fleet.configure({ balancing, ejection });
    const caller = fleet.caller();
    await caller.configured(1);
    await caller.pickable(2);
    await caller.count(50);
    sick.isFailing = true;
    await eventually(async () => {
      await caller.count(50);
      expect(caller.status().summary.ejected).toBe(1);
    });
    const before = caller.status().endpoints.map(({ learned }) => learned?.['latencyMs']);

    await fleet.configure({ balancing, ejection, panicBelow: 0.3 });
    await caller.configured(2);
    expect(caller.status().summary.ejected).toBe(1);
    const after = caller.status().endpoints.map(({ learned }) => learned?.['latencyMs']);
    expect(after).toEqual(before);
    expect(after.every((ms) => ms !== undefined)).toBe(true);
  });

  it('connects to a subset of a large fleet, and to another one when it is told to', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await fleet.replica(name);
    const caller = fleet.caller({ instance: 'me' });
    await caller.pickable(4);
    await fleet.configure({ subset: { size: 2 } });
    await caller.pickable(2);
    expect(caller.status().endpoints).toHaveLength(2);
    expect(Object.keys(await caller.count(20))).toHaveLength(2);
    await fleet.configure({ subset: { size: 3 } });
    await caller.pickable(3);
  });

  it('takes calls off the shared stream, and lets them share one again', async () => {
    await fleet.replica('a');
    const caller = fleet.caller();
    await caller.pickable(1);
    const carries = (transport: string, sharedStream: string | undefined) =>
      eventually(() => expect(caller.status().endpoints[0]).toMatchObject({ transport, sharedStream }));
    await carries('multiplexed', 'open');
    await fleet.configure({ transport: 'plain' });
    await caller.configured(1);
    expect(caller.status().endpoints[0]?.transport).toBe('plain');
    expect(await caller.count(20)).toEqual({ a: 20 });
    await fleet.unconfigure();
    await carries('multiplexed', 'open');
    expect(await caller.count(20)).toEqual({ a: 20 });
  });
});
