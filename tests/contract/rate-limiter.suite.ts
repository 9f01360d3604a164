import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { RateLimit, RateLimiter, RateVerdict } from '../../src/chassis/rate-limits/index.ts';
import { eventually } from '../support/eventually.ts';

/** Where limiters are made that may know of each other. */
export interface LimitersUnderTest extends AsyncDisposable {
  /** One more process's limiter of "tests"; ready to count. */
  open(limit: RateLimit): Promise<RateLimiter>;
}

/** What an adapter of the limiter port promises beyond counting: that processes count together. */
export type Promised = 'shared counts';

const MINUTE = 60_000;

/** What every adapter of the limiter port owes its users. */
export function describeRateLimiter(start: () => Promise<LimitersUnderTest>, promises: readonly Promised[]): void {
  let limiters: LimitersUnderTest;
  beforeAll(async () => {
    limiters = await start();
  });
  afterAll(async () => limiters[Symbol.asyncDispose]());

  const key = () => `user/${crypto.randomUUID()}`;
  const kinds = (verdicts: readonly RateVerdict[]) => verdicts.map(({ kind }) => kind).sort();
  const takeMany = (limiter: RateLimiter, of: string, count: number) =>
    Promise.all(Array.from({ length: count }, () => limiter.take(of)));

  describe('take', () => {
    it('allows so many in a window, says how many are left, and then says how long', async () => {
      const limiter = await limiters.open({ limit: 2, windowMs: MINUTE });
      const of = key();
      expect(await limiter.take(of)).toEqual({ kind: 'allowed', remaining: 1 });
      expect(await limiter.take(of)).toEqual({ kind: 'allowed', remaining: 0 });
      const refusal = await limiter.take(of);
      expect(refusal.kind).toBe('limited');
      const waitMs = refusal.kind === 'limited' ? refusal.retryAfterMs : 0;
      expect(waitMs).toBeGreaterThan(MINUTE / 2);
      expect(waitMs).toBeLessThanOrEqual(MINUTE);
    });

    it('allows exactly the limit however many ask at once', async () => {
      const limiter = await limiters.open({ limit: 30, windowMs: MINUTE });
      const verdicts = await takeMany(limiter, key(), 100);
      expect(verdicts.filter(({ kind }) => kind === 'allowed')).toHaveLength(30);
    });

    it('counts keys apart', async () => {
      const limiter = await limiters.open({ limit: 1, windowMs: MINUTE });
      expect(kinds([await limiter.take(key()), await limiter.take(key())])).toEqual(['allowed', 'allowed']);
    });

    it('allows again when the window is over, and not before', async () => {
      const limiter = await limiters.open({ limit: 1, windowMs: 1_000 });
      const of = key();
      await limiter.take(of);
      let refused = 0;
      await eventually(async () => {
        const verdict = await limiter.take(of);
        if (verdict.kind === 'limited') refused += 1;
        expect(verdict.kind).toBe('allowed');
      });
      expect(refused).toBeGreaterThan(0);
    });

    it('tells of what it refuses', async () => {
      const limiter = await limiters.open({ limit: 1, windowMs: MINUTE });
      const told: object[] = [];
      limiter.events.on('rejected', (event) => told.push(event));
      await takeMany(limiter, key(), 3);
      expect(told).toEqual([
        { subject: 'tests', reason: 'RATE_LIMITED' },
        { subject: 'tests', reason: 'RATE_LIMITED' },
      ]);
    });

    it('names the bound that makes no sense', async () => {
      await expect(limiters.open({ limit: 0, windowMs: MINUTE })).rejects.toThrow('limit: must be a whole number');
      await expect(limiters.open({ limit: 1, windowMs: 0.5 })).rejects.toThrow('windowMs: must be a whole number');
    });

    if (!promises.includes('shared counts')) return;
    it('counts together with other processes', async () => {
      const processes = await Promise.all([1, 2, 3].map(() => limiters.open({ limit: 20, windowMs: MINUTE })));
      const of = key();
      const verdicts = await Promise.all(processes.map((limiter) => takeMany(limiter, of, 20)));
      expect(verdicts.flat().filter(({ kind }) => kind === 'allowed')).toHaveLength(20);
    });
  });
}
