import { describe, it } from '@jest/globals';
import fc from 'fast-check';

import { createLocalRateLimiter } from '../../../../../src/chassis/rate-limits/index.ts';
import { createManualClock } from '../../../../support/manual-clock.ts';

const steps = fc.array(
  fc.record({ waitMs: fc.nat({ max: 8 }).map((n) => n * 50), key: fc.constantFrom('a', 'b', 'c') }),
  {
    maxLength: 200,
  },
);

describe('createLocalRateLimiter, in any interleaving', () => {
  it('allows each key exactly its limit in each of its windows, and says when the window ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), steps, async (limit, all) => {
        const clock = createManualClock();
        const limiter = createLocalRateLimiter({ subject: 'x', limit, windowMs: 1_000 }, { clock });
        const windows = new Map<string, { readonly fromMs: number; taken: number }>();
        for (const { waitMs, key } of all) {
          clock.advance(waitMs);
          const nowMs = clock.monotonicMs();
          let window = windows.get(key);
          if (window === undefined || nowMs - window.fromMs >= 1_000) {
            window = { fromMs: nowMs, taken: 0 };
            windows.set(key, window);
          }
          const verdict = await limiter.take(key);
          if (verdict.kind === 'allowed') window.taken += 1;
          const isRight =
            verdict.kind === 'allowed'
              ? window.taken <= limit && verdict.remaining === limit - window.taken
              : window.taken === limit && verdict.retryAfterMs === window.fromMs + 1_000 - nowMs;
          if (!isRight) return false;
        }
        return true;
      }),
      { numRuns: 300 },
    );
  });
});
