import { describe, expect, it } from '@jest/globals';

import { createTokenBucket } from '../../../../src/chassis/resilience/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

function setUp(ratePerSecond: number, burst: number) {
  const clock = createManualClock();
  return { clock, bucket: createTokenBucket({ ratePerSecond, burst }, { clock }) };
}

describe('createTokenBucket', () => {
  it('begins full, and gives out no more than it has', () => {
    const { bucket } = setUp(10, 3);
    expect([1, 2, 3, 4].map(() => bucket.tryTake())).toEqual([true, true, true, false]);
    expect(bucket.rejections).toBe(1);
  });

  it('fills at its rate, and never above its burst', () => {
    const { bucket, clock } = setUp(10, 3);
    bucket.tryTake(3);
    clock.advance(99);
    expect(bucket.tokens).toBe(0);
    clock.advance(1);
    expect(bucket.tokens).toBe(1);
    clock.advance(60_000);
    expect(bucket.tokens).toBe(3);
  });

  it('takes all of a count or nothing', () => {
    const { bucket } = setUp(10, 3);
    expect([bucket.tryTake(2), bucket.tryTake(2), bucket.tryTake(1)]).toEqual([true, false, true]);
  });

  it('says when the next token comes', () => {
    const { bucket, clock } = setUp(3, 1);
    expect(bucket.retryAfterMs).toBe(0);
    bucket.tryTake();
    clock.advance(100);
    expect(bucket.retryAfterMs).toBe(234); // a third of a second, rounded up
    clock.advance(234);
    expect(bucket.tryTake()).toBe(true);
  });

  it('loses nothing to rounding, however often it is asked', () => {
    const { bucket, clock } = setUp(7, 1_000);
    bucket.tryTake(1_000);
    let taken = 0;
    for (let n = 0; n < 100_000; n++) {
      clock.advance(1);
      if (bucket.tryTake()) taken += 1;
    }
    expect(taken).toBe(700);
  });

  it('keeps the tokens it has room for when its bounds change', () => {
    const { bucket, clock } = setUp(1, 10);
    bucket.configure({ ratePerSecond: 100, burst: 4 });
    expect(bucket.tokens).toBe(4);
    bucket.tryTake(4);
    clock.advance(20);
    expect(bucket.tokens).toBe(2);
  });

  it('names the bound that makes no sense', () => {
    expect(() => setUp(0, 1)).toThrow('ratePerSecond: must be a number, more than 0; it is 0');
    expect(() => setUp(1, 0.5)).toThrow('burst: must be a whole number, at least 1; it is 0.5');
  });
});
