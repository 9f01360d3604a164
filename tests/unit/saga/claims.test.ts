import { describe, expect, it } from '@jest/globals';

import { createEmitter, systemClock, type Clock } from '../../../src/chassis/core/index.ts';
import { createClaims } from '../../../src/chassis/saga/claims.ts';
import type { HeldClaim, SagaEvents, SagaLog } from '../../../src/chassis/saga/index.ts';

/** Claims over a log that extends what the test says. */
function setUp(extend: SagaLog['extend']) {
  let nowMs = 0;
  const timers = new Map<() => void, number>();
  const clock: Clock = {
    ...systemClock,
    monotonicMs: () => nowMs,
    setTimer(ms, callback) {
      timers.set(callback, nowMs + ms);
      return { cancel: () => timers.delete(callback) };
    },
  };
  const log = { extend } as SagaLog; // claims use nothing else of it
  const claims = createClaims({ log, clock, leaseMs: 1_000, events: createEmitter<SagaEvents>() });
  return {
    claims: { ...claims, hold: (saga: HeldClaim) => claims.hold(saga, nowMs), sizeNow: () => claims.size },
    advance(ms: number) {
      nowMs += ms;
      for (const [callback, dueMs] of [...timers]) {
        if (dueMs > nowMs) continue;
        timers.delete(callback);
        callback();
      }
    },
  };
}

describe('createClaims', () => {
  it("drops what turned out to be somebody else's", async () => {
    const { claims } = setUp(() => Promise.resolve({ extended: new Set(['ours']), busy: new Set(['busy']) }));
    const ours = claims.hold({ id: 'ours', claimToken: 1 });
    const busy = claims.hold({ id: 'busy', claimToken: 1 });
    const theirs = claims.hold({ id: 'theirs', claimToken: 1 });
    await claims.beat();
    expect([ours.aborted, busy.aborted, theirs.aborted]).toEqual([false, false, true]);
  });

  it('ends what still runs under an earlier claim of a saga that came back', () => {
    const { claims } = setUp(() => new Promise(() => undefined));
    const earlier = claims.hold({ id: 'a', claimToken: 1 });
    const later = claims.hold({ id: 'a', claimToken: 2 });
    expect([earlier.aborted, later.aborted]).toEqual([true, false]);
  });

  it('drops a claim by its own clock when the log does not answer in time', async () => {
    const { claims, advance } = setUp(() => Promise.reject(new Error('away')));
    const signal = claims.hold({ id: 'a', claimToken: 1 });
    advance(999);
    await claims.beat();
    expect(signal.aborted).toBe(false);
    advance(1);
    await claims.beat();
    expect(signal.aborted).toBe(true);
  });

  it('drops a claim in time while the log still hangs', async () => {
    const { claims, advance } = setUp(() => new Promise(() => undefined));
    const first = claims.hold({ id: 'first', claimToken: 1 });
    advance(400);
    const second = claims.hold({ id: 'second', claimToken: 1 });
    void claims.beat();
    advance(599);
    expect([first.aborted, second.aborted]).toEqual([false, false]);
    advance(1);
    expect([first.aborted, second.aborted]).toEqual([true, false]);
    advance(400);
    expect(second.aborted).toBe(true);
  });

  it('keeps a claim that was taken again before the last one was let go', async () => {
    const extended: string[] = [];
    const { claims } = setUp((held) => {
      extended.push(...held.map(({ id, claimToken }) => `${id} ${claimToken}`));
      return Promise.resolve({ extended: new Set(held.map(({ id }) => id)), busy: new Set() });
    });
    claims.hold({ id: 'a', claimToken: 1 });
    claims.hold({ id: 'a', claimToken: 2 });
    claims.letGo({ id: 'a', claimToken: 1 });
    await claims.beat();
    expect(extended).toEqual(['a 2']);
    claims.letGo({ id: 'a', claimToken: 2 });
    expect(claims.sizeNow()).toBe(0);
  });
});
