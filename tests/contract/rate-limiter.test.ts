import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Secret } from '../../src/chassis/config/index.ts';
import { systemClock, systemRandom } from '../../src/chassis/core/index.ts';
import {
  createLocalRateLimiter,
  createSharedRateLimiter,
  type RateLimit,
  type SharedRateLimiter,
} from '../../src/chassis/rate-limits/index.ts';
import { eventually } from '../support/eventually.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { testDatabaseUrl } from '../support/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { describeRateLimiter } from './rate-limiter.suite.ts';

const SUBJECT = 'tests';
const time = { clock: systemClock, random: systemRandom };

describe('the limiter of one process', () => {
  describeRateLimiter(
    async () => ({
      open: async (limit) => createLocalRateLimiter({ subject: SUBJECT, ...limit }),
      [Symbol.asyncDispose]: async () => undefined,
    }),
    [],
  );

  it('knows a bounded number of keys, and forgets the oldest window first', async () => {
    const clock = createManualClock();
    const limiter = createLocalRateLimiter({ subject: SUBJECT, limit: 1, windowMs: 1_000, maxKeys: 2 }, { clock });
    for (const key of ['a', 'b', 'c']) await limiter.take(key);
    expect((await limiter.take('b')).kind).toBe('limited');
    expect((await limiter.take('c')).kind).toBe('limited');
    expect((await limiter.take('a')).kind).toBe('allowed');
  });
});

/** Limiters on one database; each is ready once it has made its table. */
async function inPostgres() {
  const url = await testDatabaseUrl();
  const open: SharedRateLimiter[] = [];
  return {
    async open(limit: RateLimit) {
      const limiter = createSharedRateLimiter({ subject: SUBJECT, url, timeoutMs: 10_000, ...limit }, time);
      open.push(limiter);
      await limiter.take('warm up');
      return limiter;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map((limiter) => limiter.close()));
    },
  };
}

describe('the limiter in PostgreSQL', () => {
  describeRateLimiter(inPostgres, ['shared counts']);
});

describe('the limiter in PostgreSQL, while that is away', () => {
  let proxy: TcpProxy;
  let limiter: SharedRateLimiter;
  let neighbour: SharedRateLimiter;
  let direct: string;
  const told: string[] = [];
  beforeAll(async () => {
    const url = new URL((await testDatabaseUrl()).reveal());
    proxy = await startTcpProxy(url.host);
    const behindProxy = new URL(url);
    behindProxy.host = proxy.address;
    const shared = { subject: SUBJECT, limit: 5, windowMs: 600_000, timeoutMs: 2_000 };
    limiter = createSharedRateLimiter({ ...shared, url: new Secret(behindProxy.href) }, time);
    direct = url.href;
    neighbour = createSharedRateLimiter({ ...shared, url: new Secret(url.href) }, time);
    limiter.events.on('fellBack', () => told.push('fell back'));
    limiter.events.on('breakerChanged', ({ from, to }) => told.push(`${from} > ${to}`));
  });
  afterAll(async () => {
    await limiter.close();
    await neighbour.close();
    await proxy.close();
  });

  it('counts for itself and tells so, leaves PostgreSQL alone, and counts with the others when it is back', async () => {
    await limiter.take('before');
    await neighbour.take('before');
    await proxy.set({ kind: 'refuse' });
    const verdicts = [];
    for (let n = 0; n < 7; n++) verdicts.push(await limiter.take('during'));
    expect(verdicts.map(({ kind }) => kind)).toEqual([...new Array<string>(5).fill('allowed'), 'limited', 'limited']);
    expect(told.filter((event) => event === 'fell back')).toHaveLength(7);
    expect(told).toContain('closed > open');

    await proxy.set({ kind: 'none' });
    await eventually(async () => {
      await limiter.take('after');
      expect(told).toContain('halfOpen > closed');
    });
    for (let n = 0; n < 5; n++) await neighbour.take('shared');
    expect(await limiter.take('shared')).toMatchObject({ kind: 'limited' });
  });

  it('forgets windows that are over', async () => {
    const pruning = new AbortController();
    const rows = () => limiter.database.rows({ name: 'keys', text: 'SELECT key FROM rate_limit' });
    const clock = { ...systemClock, now: () => systemClock.now() + 3_600_000 };
    const late = createSharedRateLimiter(
      { subject: SUBJECT, limit: 5, windowMs: 1_000, url: new Secret(direct) },
      { ...time, clock },
    );
    expect((await rows()).length).toBeGreaterThan(0);
    const running = late.prune(pruning.signal).catch(() => undefined);
    await eventually(async () => expect(await rows()).toEqual([]));
    pruning.abort();
    await running;
    await late.close();
  });
});
