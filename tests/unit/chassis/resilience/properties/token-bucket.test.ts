import { describe, it } from '@jest/globals';
import fc from 'fast-check';

import { createTokenBucket, type TokenBucketOptions } from '../../../../../src/chassis/resilience/index.ts';
import { createManualClock } from '../../../../support/manual-clock.ts';

const bounds = fc.record({ ratePerSecond: fc.integer({ min: 1, max: 3_000 }), burst: fc.integer({ min: 1, max: 50 }) });

type Step =
  | { readonly kind: 'take'; readonly count: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'configure'; readonly bounds: TokenBucketOptions };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 700 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('configure' as const), bounds }) },
  ),
  { maxLength: 200 },
);

/** The bucket in thousandths of a token, where whole milliseconds at whole rates leave no fraction. */
function createModel({ ratePerSecond, burst }: TokenBucketOptions) {
  let rate = ratePerSecond;
  let capacity = burst * 1_000;
  let level = capacity;
  return {
    whole: () => Math.floor(level / 1_000),
    wait: (ms: number) => void (level = Math.min(capacity, level + ms * rate)),
    take(count: number) {
      const isThere = level >= count * 1_000;
      if (isThere) level -= count * 1_000;
      return isThere;
    },
    configure(next: TokenBucketOptions) {
      rate = next.ratePerSecond;
      capacity = next.burst * 1_000;
      level = Math.min(Math.floor(level / 1_000) * 1_000, capacity);
    },
  };
}

describe('createTokenBucket, in any interleaving', () => {
  it('gives out exactly what came in', () => {
    fc.assert(
      fc.property(bounds, steps, (options, all) => {
        const clock = createManualClock();
        const bucket = createTokenBucket(options, { clock });
        const model = createModel(options);
        return all.every((step) => {
          switch (step.kind) {
            case 'take':
              return bucket.tryTake(step.count) === model.take(step.count) && bucket.tokens === model.whole();
            case 'wait':
              clock.advance(step.ms);
              model.wait(step.ms);
              return bucket.tokens === model.whole();
            case 'configure':
              bucket.configure(step.bounds);
              model.configure(step.bounds);
              return bucket.tokens === model.whole();
          }
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('has a token when it said it would, and none a millisecond before', () => {
    fc.assert(
      fc.property(bounds, fc.array(fc.nat({ max: 50 }), { maxLength: 20 }), (options, waits) => {
        const clock = createManualClock();
        const bucket = createTokenBucket(options, { clock });
        for (const ms of waits) {
          bucket.tryTake();
          clock.advance(ms);
        }
        while (bucket.tryTake());
        const { retryAfterMs } = bucket;
        clock.advance(retryAfterMs - 1);
        const isThereBefore = bucket.tryTake();
        clock.advance(1);
        return !isThereBefore && bucket.tryTake();
      }),
    );
  });
});
