import { describe, expect, it } from '@jest/globals';

import { systemClock } from '../../../../src/chassis/core/index.ts';
import { createRetryBudget } from '../../../../src/chassis/resilience/index.ts';

function budget(capacity: number) {
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  return {
    budget: createRetryBudget({ ratio: 0.2, perSecond: 2, capacity }, clock),
    pass: (ms: number) => void (nowMs += ms),
  };
}

describe('createRetryBudget', () => {
  it('begins full and is spent by retries', () => {
    const { budget: tokens } = budget(3);
    expect([1, 2, 3, 4].map(() => tokens.withdraw())).toEqual([true, true, true, false]);
  });

  it('allows one retry for five calls once it is spent', () => {
    const { budget: tokens } = budget(1);
    tokens.withdraw();
    let retries = 0;
    for (let call = 0; call < 100; call++) {
      tokens.deposit();
      if (tokens.withdraw()) retries += 1;
    }
    expect(retries).toBeGreaterThanOrEqual(19);
    expect(retries).toBeLessThanOrEqual(20);
  });

  it('fills slowly without calls, and never above its capacity', () => {
    const { budget: tokens, pass } = budget(3);
    for (let n = 0; n < 3; n++) tokens.withdraw();
    pass(500);
    expect([tokens.withdraw(), tokens.withdraw()]).toEqual([true, false]);
    pass(3_600_000);
    expect(tokens.balance).toBe(3);
  });

  it('keeps what is in it when its options change, as far as there is room', () => {
    const { budget: tokens, pass } = budget(10);
    for (let n = 0; n < 4; n++) tokens.withdraw();
    tokens.configure({ ratio: 1, perSecond: 10, capacity: 8 });
    expect(tokens.balance).toBe(6);
    tokens.deposit();
    expect(tokens.balance).toBe(7);
    pass(100);
    expect(tokens.balance).toBe(8);
    tokens.configure({ ratio: 1, perSecond: 0, capacity: 3 });
    expect(tokens.balance).toBe(3);
  });
});
