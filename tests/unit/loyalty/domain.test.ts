import { describe, expect, it } from '@jest/globals';

import {
  MAX_BALANCE,
  parseEntryId,
  parseUserId,
  planRevocation,
  withAward,
  withRevocation,
  type Award,
} from '../../../src/services/loyalty/domain.ts';

const userId = parseUserId('018f0000-0000-7000-8000-000000000001');
const now = new Date('2026-01-02T03:04:05Z');
const balance = (points: bigint) => ({ userId, points, lifetimePoints: points, version: 4n, updateTime: new Date(0) });
const award = (n: number, leftPoints: bigint): Award => ({
  id: parseEntryId(`018f0000-0000-7000-8000-00000000010${n}`),
  userId,
  orderId: undefined,
  leftPoints,
});

describe('withAward', () => {
  it('adds to the balance and to what was ever awarded', () => {
    expect(withAward(balance(5n), 7n, now)).toEqual({
      userId,
      points: 12n,
      lifetimePoints: 12n,
      version: 5n,
      updateTime: now,
    });
  });

  it('reaches the limit and does not pass it', () => {
    expect(withAward(balance(MAX_BALANCE - 1n), 1n, now).points).toBe(MAX_BALANCE);
    expect(() => withAward(balance(MAX_BALANCE), 1n, now)).toThrow(
      expect.objectContaining({ reason: 'BALANCE_LIMIT' }),
    );
  });
});

describe('withRevocation', () => {
  it('leaves what was ever awarded', () => {
    expect(withRevocation(balance(12n), 5n, now)).toMatchObject({ points: 7n, lifetimePoints: 12n, version: 5n });
  });
});

describe('planRevocation', () => {
  it('takes all that is left when no number is given, and nothing where nothing is left', () => {
    const awards = [award(2, 3n), award(1, 0n), award(0, 4n)];
    expect(planRevocation(awards, undefined).map(({ points }) => points)).toEqual([3n, 4n]);
    expect(planRevocation([award(1, 0n)], undefined)).toEqual([]);
  });

  it('takes a part from the newest awards first', () => {
    const awards = [award(2, 3n), award(1, 5n)];
    expect(planRevocation(awards, 4n)).toEqual([
      { award: awards[0], points: 3n },
      { award: awards[1], points: 1n },
    ]);
  });

  it('refuses more than is left, and a part of nothing left', () => {
    const exceeds = expect.objectContaining({ status: 'FAILED_PRECONDITION', reason: 'POINTS_EXCEED_AWARD' });
    expect(() => planRevocation([award(1, 3n)], 4n)).toThrow(exceeds);
    expect(() => planRevocation([award(1, 0n)], 1n)).toThrow(exceeds);
  });
});
