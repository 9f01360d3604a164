import { describe, expect, it } from '@jest/globals';

import { createCoalescer } from '../../../../src/chassis/resolver/coalesce.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

describe('createCoalescer', () => {
  const start = () => {
    const clock = createManualClock();
    const doneAt: number[] = [];
    const coalescer = createCoalescer(() => doneAt.push(clock.now()), 20, clock);
    return { clock, doneAt, coalescer };
  };

  it('works for the first request at once, and once for all that follow within the window', () => {
    const { clock, doneAt, coalescer } = start();
    coalescer.request();
    expect(doneAt).toEqual([0]);
    for (let n = 0; n < 5; n++) {
      clock.advance(3);
      coalescer.request();
    }
    expect(doneAt).toEqual([0]);
    clock.advance(100);
    expect(doneAt).toEqual([0, 20]);
  });

  it('is never later than a window under requests without end', () => {
    const { clock, doneAt, coalescer } = start();
    for (let n = 0; n < 100; n++) {
      coalescer.request();
      clock.advance(1);
    }
    expect(doneAt).toEqual([0, 20, 40, 60, 80, 100].slice(0, doneAt.length));
    expect(doneAt.length).toBeGreaterThanOrEqual(5);
  });

  it('does nothing after it is closed', () => {
    const { clock, doneAt, coalescer } = start();
    coalescer.request();
    coalescer.request();
    coalescer.close();
    clock.advance(100);
    expect(doneAt).toEqual([0]);
  });
});
