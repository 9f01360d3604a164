import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { currentCall, runInCall, backgroundCall } from '../../../../src/chassis/core/index.ts';
import { ID, startFleet, type Caller, type Fleet } from './fleet.ts';

const USERS = Array.from({ length: 12 }, (_, n) => `user ${n}`);

describe('ring_hash, called through a client', () => {
  let fleet: Fleet;
  let caller: Caller;
  beforeEach(async () => {
    fleet = await startFleet();
    for (const name of ['one', 'two', 'three']) await fleet.replica(name);
    await fleet.configure({ balancing: { policy: { kind: 'ring_hash', header: 'x-user', maxLoadFactor: 100 } } });
    caller = fleet.caller();
    await caller.configured(1);
    await caller.pickable(3);
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  const nameOf = async (affinity?: string) =>
    (await caller.client.getUser({ userId: ID }, { affinity })).user?.displayName ?? '';
  const streamed = async (affinity: string) => {
    for await (const { user } of caller.client.exportUsers({}, { affinity })) return user?.displayName ?? '';
    return '';
  };

  it('keeps the calls with one value of the header at one replica', async () => {
    const homes = new Set<string>();
    for (const user of USERS) {
      const names = Object.keys(await caller.count(10, { 'x-user': user }));
      expect(names).toHaveLength(1);
      homes.add(names[0]!);
    }
    expect(homes.size).toBeGreaterThan(1);
  });

  it('keeps the calls of one affinity together, unary and streamed, and as a header of that value would', async () => {
    for (const user of USERS) {
      const home = await nameOf(user);
      expect([await nameOf(user), await streamed(user)]).toEqual([home, home]);
      expect(Object.keys(await caller.count(1, { 'x-user': user }))).toEqual([home]);
    }
  });

  it('keeps the calls together that are made for one caller, where they say nothing else', async () => {
    const servedFor = (peer: string) => ({ ...backgroundCall({ callId: 'call', job: 'test' }), peer });
    for (const user of USERS) {
      const home = await nameOf(user);
      const names = await runInCall(servedFor(user), async () => {
        expect(currentCall()?.peer).toBe(user);
        return [await nameOf(), await nameOf(), await nameOf('user 0')];
      });
      expect(names).toEqual([home, home, await nameOf('user 0')]);
    }
  });
});
