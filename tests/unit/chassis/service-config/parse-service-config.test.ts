import { describe, expect, it } from '@jest/globals';

import { DEFAULT_EJECTION } from '../../../../src/chassis/balancer/index.ts';
import { DEFAULT_HEDGING, DEFAULT_RETRY_CONFIG } from '../../../../src/chassis/middleware/client/index.ts';
import { DEFAULT_BULKHEAD } from '../../../../src/chassis/resilience/index.ts';
import {
  DEFAULT_SERVICE_CONFIG,
  completeServiceConfig,
  parseServiceConfig,
} from '../../../../src/chassis/service-config/index.ts';
import { violatedFields } from '../../../support/service.ts';
import { AppError } from '../../../../src/chassis/core/index.ts';

const FULL = {
  balancing: {
    policy: { kind: 'p2c_ewma', decayMs: 5_000 },
    methods: { '/tradewind.order.v1.OrderService/*': { kind: 'least_request' }, '/a.B/C': { kind: 'random' } },
  },
  zone: { prefer: true, spillOverBelow: 0.5 },
  routes: [
    { when: { header: { name: 'x-canary', value: 'yes' } }, to: [{ version: '2', weight: 1 }], strict: true },
    { when: { method: '/a.B/C' }, to: [{ version: '1', weight: 95 }, { version: '2', weight: 5 }], by: { header: 'x-user' } }, // prettier-ignore
  ],
  subset: { size: 20 },
  health: { service: 'tradewind.order.v1.OrderService' },
  ejection: { consecutiveFailures: 3, maxEjected: 0.3 },
  panicBelow: 0.5,
  transport: 'plain',
  timeouts: { callMs: 2_000, methods: { '/a.B/C': { callMs: 300, attemptMs: 100 } } },
  retry: {
    maxAttempts: 4,
    backoff: { baseMs: 10 },
    retryableStatusCodes: ['UNAVAILABLE', 'ABORTED'],
    budget: { ratio: 0.2 },
  },
  hedging: { delayQuantile: 0.99, nonFatalStatusCodes: ['UNAVAILABLE'] },
  breaker: {
    kind: 'classic',
    openMs: 1_000,
    trip: { kind: 'ratio', ratio: 0.8, minimumVolume: { share: 0.1, atLeast: 10 } },
  },
  bulkhead: { maxConcurrent: 10 },
};

function violationsOf(value: unknown): readonly string[] {
  try {
    parseServiceConfig(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (error) {
    if (error instanceof AppError && error.status === 'INVALID_ARGUMENT') return violatedFields(error);
    throw error;
  }
  return [];
}

describe('parseServiceConfig', () => {
  it('reads every field', () => {
    expect(parseServiceConfig(JSON.stringify(FULL))).toEqual(FULL);
  });

  it('reads an empty one, and parts that are switched off', () => {
    expect(parseServiceConfig('{}')).toEqual({});
    const off = {
      ...{ subset: false, health: false, ejection: false },
      ...{ retry: false, hedging: false, breaker: false, bulkhead: false },
    };
    expect(parseServiceConfig(JSON.stringify(off))).toEqual(off);
  });

  it('names each wrong field by its path', () => {
    expect(
      violationsOf({
        balancing: {
          policy: { kind: 'fastest' },
          methods: { Read: { kind: 'random' }, '/a.B/C': { kind: 'random', x: 1 } },
        },
        zone: { prefer: 'yes', spillOverBelow: 0 },
        routes: [
          { when: {}, to: [] },
          { when: { header: { name: 'X-Canary', value: 1 } }, to: [{ version: 2, weight: -1 }] },
          { to: [{ version: '2', weight: 0 }] },
          { by: { header: 'token-bin' } },
        ],
        subset: { size: 0 },
        health: true,
        ejection: { intervalMs: 0, minimumHosts: 1 },
        panicBelow: 2,
        transport: 'http3',
        timeouts: { callMs: 0, methods: { Read: {}, '/a.B/C': { attempt: 5 } } },
        retry: { maxAttempts: 0, retryableStatusCodes: ['OK', 'GONE', 14], backoff: { baseMs: -1 }, budget: 500 },
        hedging: { maxAttempts: 1, delayQuantile: 1 },
        breaker: {
          kind: 'classic',
          probeEveryMs: 100,
          trip: { kind: 'ratio', failures: 3, minimumVolume: { share: 2, atLeast: 10, atMost: 5 } },
        },
        bulkhead: { maxConcurrent: 0, maxQueued: -1 },
      }).toSorted(),
    ).toEqual(
      [
        'balancing.policy.kind',
        'balancing.methods["Read"]',
        'balancing.methods["/a.B/C"].x',
        'zone.prefer',
        'zone.spillOverBelow',
        'routes[0].when',
        'routes[0].to',
        'routes[1].when.header.name',
        'routes[1].when.header.value',
        'routes[1].to[0].version',
        'routes[1].to[0].weight',
        'routes[2].to',
        'routes[3].to',
        'routes[3].by.header',
        'subset.size',
        'health',
        'ejection.intervalMs',
        'ejection.minimumHosts',
        'panicBelow',
        'transport',
        'timeouts.callMs',
        'timeouts.methods["Read"]',
        'timeouts.methods["/a.B/C"].attempt',
        'retry.maxAttempts',
        'retry.retryableStatusCodes[0]',
        'retry.retryableStatusCodes[1]',
        'retry.retryableStatusCodes[2]',
        'retry.backoff.baseMs',
        'retry.budget',
        'hedging.maxAttempts',
        'hedging.delayQuantile',
        'breaker.probeEveryMs',
        'breaker.trip.failures',
        'breaker.trip.minimumVolume.share',
        'breaker.trip.minimumVolume.atMost',
        'bulkhead.maxConcurrent',
        'bulkhead.maxQueued',
      ].toSorted(),
    );
  });

  it.each([{}, { kind: 'open' }, { kind: 3 }])('wants the kind of a breaker, and nothing of %j', (breaker) => {
    expect(violationsOf({ breaker })).toEqual(['breaker.kind']);
  });

  it('takes every setting of a breaker that an operator may write', () => {
    const adaptive = { kind: 'adaptive', windowMs: 5_000, buckets: 10, callsPerAccept: 1.5, tolerated: 0 };
    const others = { probeEveryMs: 50, healMs: 500 };
    const streak = { kind: 'classic', trip: { kind: 'streak', failures: 3 }, successesToClose: 1 };
    for (const breaker of [{ ...adaptive, ...others }, streak]) {
      expect(parseServiceConfig(JSON.stringify({ breaker }))).toEqual({ breaker });
    }
  });

  it('refuses fields it does not know: a misspelt one would do nothing, silently', () => {
    expect(violationsOf({ balancing: { polcy: {} }, route: [] })).toEqual(['balancing.polcy', 'route']);
    expect(violationsOf('{"__proto__": {}, "constructor": 1}')).toEqual(['__proto__', 'constructor']);
  });

  it.each(['', 'nonsense', '[]', 'null', '3', '"text"'])('refuses %j', (text) => {
    expect(violationsOf(text)).toHaveLength(1);
  });
});

describe('completeServiceConfig', () => {
  it('takes the defaults for what is not given', () => {
    expect(completeServiceConfig({}, DEFAULT_SERVICE_CONFIG)).toEqual(DEFAULT_SERVICE_CONFIG);
    const given = completeServiceConfig(parseServiceConfig(JSON.stringify(FULL)), DEFAULT_SERVICE_CONFIG);
    expect(given).toEqual({
      ...FULL,
      ejection: { ...DEFAULT_EJECTION, ...FULL.ejection },
      retry: {
        ...FULL.retry,
        backoff: { ...DEFAULT_RETRY_CONFIG.backoff, ...FULL.retry.backoff },
        budget: { ...DEFAULT_RETRY_CONFIG.budget, ...FULL.retry.budget },
      },
      hedging: { ...DEFAULT_HEDGING, ...FULL.hedging },
      bulkhead: { ...DEFAULT_BULKHEAD, ...FULL.bulkhead },
    });
  });

  it('switches parts off, and on again where they are off by default', () => {
    const none = { health: false, ejection: false, retry: false, breaker: false } as const;
    const off = completeServiceConfig(none, DEFAULT_SERVICE_CONFIG);
    expect([off.health, off.ejection, off.retry, off.breaker]).toEqual([undefined, undefined, undefined, undefined]);
    const on = completeServiceConfig(
      { health: { service: 'x' }, ejection: { baseMs: 1 }, retry: { maxAttempts: 2 }, breaker: { kind: 'classic' } },
      off,
    );
    expect([on.health, on.ejection, on.breaker]).toEqual([
      { service: 'x' },
      { ...DEFAULT_EJECTION, baseMs: 1 },
      { kind: 'classic' },
    ]);
    expect(on.retry).toEqual({ ...DEFAULT_RETRY_CONFIG, maxAttempts: 2 });
  });
});
