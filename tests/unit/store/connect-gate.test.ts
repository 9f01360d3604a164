import { describe, expect, it } from '@jest/globals';

import { createDeferred } from '../../../src/chassis/core/index.ts';
import { createConnectGate } from '../../../src/chassis/store/connect-gate.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const LONGEST_WAITS = { next: () => 1, bytes: () => new Uint8Array() };

function setUp() {
  const clock = createManualClock();
  const gate = createConnectGate({ clock, random: LONGEST_WAITS });
  let asked = 0;
  const refuse = (message: string) => async () => {
    asked += 1;
    throw new Error(message);
  };
  const answer = async () => {
    asked += 1;
    return 'client';
  };
  return { clock, gate, refuse, answer, asked: () => asked };
}

describe('createConnectGate', () => {
  it('lets everybody through while the server lets them in', async () => {
    const { gate, answer, asked } = setUp();
    expect(await Promise.all([gate.pass(answer), gate.pass(answer)])).toEqual(['client', 'client']);
    expect(asked()).toBe(2);
  });

  it('tells everybody what the last one heard, without asking, until a wait is over that grows to a second', async () => {
    const { clock, gate, refuse, asked } = setUp();
    await expect(gate.pass(refuse('starting up'))).rejects.toThrow('starting up');
    for (const [index, waitMs] of [50, 100, 200, 400, 800, 1_000, 1_000].entries()) {
      clock.advance(waitMs - 1);
      await expect(gate.pass(refuse('never'))).rejects.toThrow(/^(starting up|still)$/);
      expect(asked()).toBe(index + 1);
      clock.advance(1);
      await expect(gate.pass(refuse('still'))).rejects.toThrow('still');
      expect(asked()).toBe(index + 2);
    }
  });

  it('counts as one what many who asked at the same time heard', async () => {
    const { clock, gate, refuse, answer } = setUp();
    await Promise.allSettled(Array.from({ length: 20 }, () => gate.pass(refuse('starting up'))));
    clock.advance(50);
    expect(await gate.pass(answer)).toBe('client');
  });

  it('has the others wait for the one who asks, and lets them through when he is let in', async () => {
    const { clock, gate, refuse, answer, asked } = setUp();
    await gate.pass(refuse('starting up')).catch(() => undefined);
    clock.advance(50);
    const held = createDeferred();
    const first = gate.pass(() => held.promise.then(answer));
    const others = Promise.all([gate.pass(answer), gate.pass(answer)]);
    expect(asked()).toBe(1);
    held.resolve();
    expect(await first).toBe('client');
    expect(await others).toEqual(['client', 'client']);
    await expect(gate.pass(refuse('starting up again'))).rejects.toThrow('starting up again');
    clock.advance(50); // the waits begin anew
    expect(await gate.pass(answer)).toBe('client');
  });

  it('has the others hear what the one who asks hears', async () => {
    const { clock, gate, refuse, answer, asked } = setUp();
    await gate.pass(refuse('starting up')).catch(() => undefined);
    clock.advance(50);
    const outcomes = await Promise.allSettled([gate.pass(refuse('still')), gate.pass(answer), gate.pass(answer)]);
    expect(outcomes.map((one) => (one.status === 'rejected' ? String(one.reason) : one.value))).toEqual(
      Array.from({ length: 3 }, () => 'Error: still'),
    );
    expect(asked()).toBe(2);
  });
});
