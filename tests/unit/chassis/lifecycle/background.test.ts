import { describe, expect, it } from '@jest/globals';

import type { Random } from '../../../../src/chassis/core/index.ts';
import { startBackground } from '../../../../src/chassis/lifecycle/background.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

/** Waits are as long as they may be. */
const random: Random = { next: () => 1, bytes: (length) => new Uint8Array(length) };

/** A task that fails whenever it is told to, and the waits before it was run again. */
function failingTask() {
  const clock = createManualClock();
  const waits: number[] = [];
  let fail = () => {};
  const task = {
    name: 'task',
    run: (signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        fail = () => reject(new Error('once more'));
        signal.addEventListener('abort', () => resolve());
      }),
  };
  const logger = { error: ({ delayMs }: { readonly delayMs: number }) => waits.push(delayMs) };
  const background = startBackground([task], { clock, random, logger: logger as never });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    waits,
    /** It has run for so long, fails, and is run again. */
    async failAfter(ms: number) {
      clock.advance(ms);
      fail();
      await settle();
      clock.advance(waits.at(-1) ?? 0);
      await settle();
    },
    stop: () => background.stop(),
  };
}

describe('startBackground', () => {
  it('waits ever longer before it runs a task again that fails at once', async () => {
    const { waits, failAfter, stop } = failingTask();
    for (let run = 0; run < 8; run += 1) await failAfter(5);
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    await stop();
  });

  it('waits as after a first failure where the task has run well for long', async () => {
    const { waits, failAfter, stop } = failingTask();
    for (let run = 0; run < 4; run += 1) await failAfter(5);
    await failAfter(24 * 60 * 60_000);
    await failAfter(5);
    expect(waits.slice(-2)).toEqual([200, 400]);
    await stop();
  });
});
