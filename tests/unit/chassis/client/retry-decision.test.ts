import { describe, expect, it } from '@jest/globals';

import { systemRandom, type Random } from '../../../../src/chassis/core/index.ts';
import {
  DEFAULT_RETRY,
  decideRetry,
  type FailedAttempt,
  type RetryPolicy,
} from '../../../../src/chassis/middleware/client/index.ts';

const chance = (value: number): Random => ({ ...systemRandom, next: () => value });
const failed = (changes: Partial<FailedAttempt> = {}): FailedAttempt => ({
  status: 'UNAVAILABLE',
  isIdempotent: true,
  isUnprocessed: false,
  isTimedOut: false,
  attempts: 1,
  pushback: undefined,
  remainingMs: Infinity,
  ...changes,
});
const decide = (attempt: FailedAttempt, random = chance(0.5), withdraw = () => true) =>
  decideRetry(attempt, DEFAULT_RETRY, random, withdraw);

describe('decideRetry', () => {
  it('waits with full jitter: anything from nothing to a bound that doubles', () => {
    expect(decide(failed(), chance(0))).toEqual({ kind: 'retry', delayMs: 0 });
    expect(decide(failed(), chance(0.999))).toEqual({ kind: 'retry', delayMs: 50 });
    expect(decide(failed({ attempts: 2 }), chance(0.999))).toEqual({ kind: 'retry', delayMs: 100 });
  });

  it('repeats what is not idempotent only when no handler saw it', () => {
    expect(decide(failed({ isIdempotent: false }))).toEqual({ kind: 'stop', why: 'not idempotent' });
    expect(decide(failed({ isIdempotent: false, isUnprocessed: true })).kind).toBe('retry');
  });

  it("takes the server's pushback for the wait, and a negative or malformed one as no", () => {
    expect(decide(failed({ pushback: '700' }))).toEqual({ kind: 'retry', delayMs: 700 });
    for (const pushback of ['-1', '', 'soon', '1.5']) {
      expect(decide(failed({ pushback }))).toEqual({ kind: 'stop', why: 'pushback' });
    }
  });

  it('tries again for the statuses of its policy, and whatever was given up for taking too long', () => {
    const policy: RetryPolicy = { ...DEFAULT_RETRY, retryableStatusCodes: ['ABORTED'] };
    const decideBy = (attempt: FailedAttempt) => decideRetry(attempt, policy, chance(0), () => true);
    expect(decideBy(failed({ status: 'ABORTED' })).kind).toBe('retry');
    expect(decideBy(failed())).toEqual({ kind: 'stop', why: 'answer' });
    expect(decide(failed({ status: 'ABORTED' }))).toEqual({ kind: 'stop', why: 'answer' });
    expect(decide(failed({ status: 'DEADLINE_EXCEEDED' }))).toEqual({ kind: 'stop', why: 'answer' });
    expect(decide(failed({ status: 'DEADLINE_EXCEEDED', isTimedOut: true })).kind).toBe('retry');
  });

  it('makes no more attempts than the policy has, the first included', () => {
    expect(decide(failed({ attempts: 2 })).kind).toBe('retry');
    expect(decide(failed({ attempts: 3 }))).toEqual({ kind: 'stop', why: 'attempts' });
  });

  it('does not wait for a retry that the deadline would end', () => {
    expect(decide(failed({ pushback: '100', remainingMs: 100 }))).toEqual({ kind: 'stop', why: 'deadline' });
    expect(decide(failed({ pushback: '100', remainingMs: 101 })).kind).toBe('retry');
  });

  it('stops when the budget is spent, and asks it only when everything else allows a retry', () => {
    expect(decide(failed(), chance(0), () => false)).toEqual({ kind: 'stop', why: 'budget' });
    decide(failed({ isIdempotent: false }), chance(0), () => {
      throw new Error('asked for nothing');
    });
  });
});
