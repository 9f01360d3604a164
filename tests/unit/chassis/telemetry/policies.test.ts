import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import {
  breakerPolicy,
  bulkheadPolicy,
  createBulkhead,
  createClassicBreaker,
  failureStreak,
  fallbackPolicy,
  retryPolicy,
  wrap,
  type Guarded,
} from '../../../../src/chassis/resilience/index.ts';
import { createLogger, createMetrics, logPolicies, measurePolicies } from '../../../../src/chassis/telemetry/index.ts';

const OPENS_AT_ONCE = { trip: failureStreak({ failures: 1 }), openMs: 60_000 };
const fail = () => Promise.reject(new Error('no'));

/** One guard with everything in it. */
function guarded() {
  const breaker = createClassicBreaker(OPENS_AT_ONCE);
  const bulkhead = createBulkhead('rates', { maxConcurrent: 1, maxQueued: 0 });
  const policy = wrap<string>(
    fallbackPolicy({ value: () => 'something else' }),
    retryPolicy({ maxAttempts: 2, baseMs: 0, maxMs: 0 }),
    breakerPolicy(breaker, { subject: 'rates' }),
    bulkheadPolicy(bulkhead),
  );
  const guard: Guarded = {
    events: policy.events,
    status: () => ({
      breakers: [{ subject: 'GET /rates', state: breaker.state, rejections: breaker.rejections }],
      bulkheads: [bulkhead.status],
    }),
  };
  return { policy, bulkhead, guard };
}

describe('measurePolicies', () => {
  it('counts what was refused and what was done about it, and shows where breakers and bulkheads stand', async () => {
    const metrics = createMetrics({ process: 'p', instance: 'p-1' });
    const { policy, bulkhead, guard } = guarded();
    measurePolicies({ rates: guard, other: retryPolicy() }, metrics);
    const lines = async (name: string) =>
      (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`));
    const line = (name: string, labels: string, value: number) =>
      `${name}{${labels},process="p",instance="p-1"} ${value}`;

    bulkhead.tryEnter();
    expect(await policy.execute(fail)).toBe('something else');
    expect(await lines('tradewind_policy_rejections_total')).toEqual([
      line('tradewind_policy_rejections_total', 'guard="rates",reason="BULKHEAD_FULL"', 1),
    ]);
    bulkhead.leave();
    expect(await lines('tradewind_breaker_state')).toEqual([
      line('tradewind_breaker_state', 'guard="rates",subject="GET /rates",state="closed"', 1),
    ]);

    expect(await policy.execute(fail)).toBe('something else');
    expect(await lines('tradewind_breaker_state')).toEqual([
      line('tradewind_breaker_state', 'guard="rates",subject="GET /rates",state="open"', 1),
    ]);
    expect(await lines('tradewind_policy_rejections_total')).toContain(
      line('tradewind_policy_rejections_total', 'guard="rates",reason="CIRCUIT_OPEN"', 1),
    );
    expect(await lines('tradewind_policy_actions_total')).toEqual([
      line('tradewind_policy_actions_total', 'guard="rates",action="fallback"', 2),
      line('tradewind_policy_actions_total', 'guard="rates",action="retry"', 1),
    ]);
    expect(await lines('tradewind_bulkhead_calls')).toEqual([
      line('tradewind_bulkhead_calls', 'guard="rates",subject="rates",where="inside"', 0),
      line('tradewind_bulkhead_calls', 'guard="rates",subject="rates",where="queued"', 0),
    ]);
  });
});

describe('logPolicies', () => {
  it('warns when a breaker opens', async () => {
    const written: Record<string, unknown>[] = [];
    const destination = new Writable({
      write(chunk, _encoding, done) {
        written.push(JSON.parse(String(chunk)) as Record<string, unknown>);
        done();
      },
    });
    const { policy, guard } = guarded();
    logPolicies({ rates: guard }, createLogger({ process: 'p', instance: 'p-1', level: 'info', destination }));
    await policy.execute(fail);
    expect(written).toMatchObject([{ level: 'warn', guard: 'rates', subject: 'rates', from: 'closed', to: 'open' }]);
  });
});
