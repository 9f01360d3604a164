import { describe, expect, it } from '@jest/globals';

import { AppError, abortError } from '../../../../src/chassis/core/index.ts';
import {
  bulkheadFull,
  circuitOpen,
  outcomeOf,
  outcomeOfStatus,
  overloaded,
  rateLimited,
} from '../../../../src/chassis/resilience/index.ts';

describe('outcomeOfStatus', () => {
  it('counts what says that the callee is unwell', () => {
    for (const status of ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNKNOWN', 'DATA_LOSS'] as const) {
      expect(outcomeOfStatus(status)).toBe('failure');
    }
  });

  it('counts answers as answers, refusals among them', () => {
    for (const status of ['OK', 'INVALID_ARGUMENT', 'NOT_FOUND', 'ABORTED', 'UNAUTHENTICATED'] as const) {
      expect(outcomeOfStatus(status)).toBe('success');
    }
  });

  it('counts RESOURCE_EXHAUSTED as a failure only where it comes from overload', () => {
    expect(outcomeOfStatus('RESOURCE_EXHAUSTED', 'OVERLOADED')).toBe('failure');
    expect(outcomeOfStatus('RESOURCE_EXHAUSTED', 'RATE_LIMITED')).toBe('success');
    expect(outcomeOfStatus('RESOURCE_EXHAUSTED')).toBe('success');
  });

  it('does not count what the caller gave up', () => {
    expect(outcomeOfStatus('CANCELLED')).toBe('ignored');
  });
});

describe('outcomeOf', () => {
  it('does not count what never left this process', () => {
    const own = [circuitOpen('payment', 1), bulkheadFull('payment'), rateLimited('payment', 1), abortError()];
    expect(own.map(outcomeOf)).toEqual(['ignored', 'ignored', 'ignored', 'ignored']);
  });

  it('counts the same refusals when they came over the wire', () => {
    const fromPeer = (error: AppError) =>
      new AppError({
        status: error.status,
        reason: error.reason,
        message: error.message,
        domain: 'payment.tradewind',
      });
    expect([circuitOpen('the provider', 1), overloaded('payment', 1)].map(fromPeer).map(outcomeOf)).toEqual([
      'failure',
      'failure',
    ]);
    expect(outcomeOf(fromPeer(rateLimited('payment', 1)))).toBe('success');
  });

  it('counts an error that is no AppError', () => {
    expect(outcomeOf(new Error('socket hang up'))).toBe('failure');
  });
});
