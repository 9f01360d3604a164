import { describe, expect, it } from '@jest/globals';

import { createBell, systemClock } from '../../../src/chassis/core/index.ts';

const never = new AbortController().signal;

describe('createBell', () => {
  it('wakes all who wait, at once', async () => {
    const bell = createBell(systemClock);
    const waiting = [1, 2].map(() => bell.after(bell.rings, { timeoutMs: 60_000, signal: never }));
    bell.ring();
    await Promise.all(waiting);
  });

  it('does not keep one who looked before the last ring', async () => {
    const bell = createBell(systemClock);
    const seen = bell.rings;
    bell.ring();
    await bell.after(seen, { timeoutMs: 60_000, signal: never });
  });

  it('lets go after the time-out, and when the signal fires', async () => {
    const bell = createBell(systemClock);
    await bell.after(bell.rings, { timeoutMs: 1, signal: never });
    const giveUp = new AbortController();
    const waiting = bell.after(bell.rings, { timeoutMs: 60_000, signal: giveUp.signal });
    giveUp.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(bell.after(0, { timeoutMs: 1, signal: giveUp.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
