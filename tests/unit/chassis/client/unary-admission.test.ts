import { describe, expect, it } from '@jest/globals';
import { Metadata, Status } from 'nice-grpc';

import { withFallback } from '../../../../src/chassis/client/index.ts';
import { HEADERS, runInCall, type AppError } from '../../../../src/chassis/core/index.ts';
import type { BreakerConfig } from '../../../../src/chassis/middleware/client/index.ts';
import { REPLY, failure, inTurn, setUp, settle, within } from './unary-harness.ts';

const CLASSIC: BreakerConfig = { kind: 'classic', trip: { kind: 'streak', failures: 3 }, openMs: 1_000 };
const DOWN = failure(Status.UNAVAILABLE);
const OPEN = { status: 'UNAVAILABLE', reason: 'CIRCUIT_OPEN', isRetried: true };

describe('a breaker on the path of unary calls', () => {
  it('trips when calls fail for good, and then sends nothing and asks nobody above to try again', async () => {
    const { call, calling, attempts, told, clock } = setUp({ answer: () => DOWN, config: { breaker: CLASSIC } });
    for (let n = 0; n < 3; n++) await expect(call('x')).rejects.toMatchObject({ message: 'not now' });
    await expect(call('x')).rejects.toMatchObject(OPEN);
    expect([attempts.length, told]).toEqual([3, ['callRejected breaker']]);
    expect(calling.status().breakers).toMatchObject([{ state: { kind: 'open' }, rejections: 1 }]);
    clock.advance(999);
    await expect(call('x')).rejects.toMatchObject(OPEN);
  });

  it('leaves to the balancer what another endpoint makes good', async () => {
    const answer = (endpoint: number) => (endpoint === 0 ? DOWN : REPLY);
    const { call, calling } = setUp({ answer, endpoints: 2, idempotency: 'IDEMPOTENT', config: { breaker: CLASSIC } });
    for (let n = 0; n < 10; n++) expect(await call('x')).toBe('answer');
    expect(calling.status().breakers).toMatchObject([{ state: { kind: 'closed' }, rejections: 0 }]);
  });

  it('lets one probe through at a time, of however many ask, and everybody after enough successes', async () => {
    const answer = inTurn(DOWN, DOWN, DOWN, undefined, REPLY);
    const { call, attempts, clock } = setUp({ answer, config: { breaker: { ...CLASSIC, successesToClose: 2 } } });
    for (let n = 0; n < 3; n++) await expect(call('x')).rejects.toThrow();
    clock.advance(1_000);
    const stampede = Promise.allSettled(Array.from({ length: 500 }, () => call('x')));
    await settle();
    expect(attempts).toHaveLength(4);
    attempts[3]?.done(REPLY);
    expect((await stampede).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await call('x')).toBe('answer');
    expect(await Promise.all(Array.from({ length: 50 }, () => call('x')))).toHaveLength(50);
  });

  it('frees the place of a probe whose caller gives up', async () => {
    const answer = inTurn(DOWN, DOWN, DOWN, undefined, REPLY);
    const { call, clock } = setUp({ answer, config: { breaker: { ...CLASSIC, successesToClose: 1 } } });
    for (let n = 0; n < 3; n++) await expect(call('x')).rejects.toThrow();
    clock.advance(1_000);
    const leaving = new AbortController();
    const probe = expect(call('x', { signal: leaving.signal })).rejects.toMatchObject({ status: 'CANCELLED' });
    leaving.abort();
    await probe;
    expect(await call('x')).toBe('answer');
  });

  it('does not count answers, nor what the target passes on of its own calls', async () => {
    const passedOn = failure(Status.UNAVAILABLE, {
      trailer: Metadata({ [HEADERS.retried]: '1', [HEADERS.retryPushback]: '-1' }),
    });
    for (const outcome of [failure(Status.NOT_FOUND), passedOn]) {
      const { call, attempts } = setUp({
        answer: () => outcome,
        idempotency: 'IDEMPOTENT',
        config: { breaker: CLASSIC },
      });
      for (let n = 0; n < 20; n++) await expect(call('x')).rejects.not.toMatchObject(OPEN);
      expect(attempts).toHaveLength(20);
    }
  });

  it('throttles by default, and spares nobody while most calls succeed', async () => {
    let isDown = false;
    const { call, attempts, clock } = setUp({
      answer: () => (isDown ? DOWN : REPLY),
      random: { next: () => 0.5, bytes: () => new Uint8Array() },
    });
    for (let n = 0; n < 100; n++) await call('x');
    clock.advance(20_000);
    isDown = true;
    for (let n = 0; n < 200; n++) await expect(call('x')).rejects.toThrow();
    expect(attempts.length).toBeLessThan(150);
    const before = attempts.length;
    clock.advance(20_000);
    isDown = false;
    for (let n = 0; n < 50; n++) expect(await call('x')).toBe('answer');
    expect(attempts).toHaveLength(before + 50);
  });

  it('stays as it is through a service config that says the same of it, and goes when told so', async () => {
    const { call, configure, attempts } = setUp({ answer: () => DOWN, config: { breaker: CLASSIC } });
    for (let n = 0; n < 3; n++) await expect(call('x')).rejects.toThrow();
    configure({ breaker: { ...CLASSIC }, timeouts: { callMs: 100, methods: {} } });
    await expect(call('x')).rejects.toMatchObject(OPEN);
    configure({ breaker: undefined });
    for (let n = 0; n < 10; n++) await expect(call('x')).rejects.toMatchObject({ message: 'not now' });
    expect(attempts).toHaveLength(13);
  });
});

describe('what a call that was tried again ends with', () => {
  it('asks those above not to try again, where it was tried as often as may be', async () => {
    const { call, told } = setUp({ answer: () => DOWN, idempotency: 'IDEMPOTENT' });
    await expect(call('x')).rejects.toMatchObject({ status: 'UNAVAILABLE', isRetried: true });
    const poor = setUp({ answer: () => DOWN, idempotency: 'IDEMPOTENT', budgetCapacity: 0 });
    await expect(poor.call('x')).rejects.toMatchObject({ status: 'UNAVAILABLE', isRetried: true });
    expect([told, poor.told]).toEqual([['retriesStopped attempts'], ['retriesStopped budget']]);
  });

  it('leaves it to those above where nobody here may: not idempotent, or itself part of a retry', async () => {
    const { call } = setUp({ answer: () => DOWN });
    await expect(call('x')).rejects.toMatchObject({ status: 'UNAVAILABLE', isRetried: false });
    const below = setUp({ answer: () => DOWN, idempotency: 'IDEMPOTENT' });
    await runInCall(within({ isRetry: true }), () =>
      expect(below.call('x')).rejects.toMatchObject({ status: 'UNAVAILABLE', isRetried: false }),
    );
  });
});

describe('a bulkhead on the path of unary calls', () => {
  it('lets so many in, has so many wait in order, and refuses the rest', async () => {
    const { call, attempts, told, calling } = setUp({
      answer: () => undefined,
      config: { bulkhead: { maxConcurrent: 2, maxQueued: 1 } },
    });
    const inside = [call('a'), call('b')];
    const waiting = call('c');
    await expect(call('d')).rejects.toMatchObject({ reason: 'BULKHEAD_FULL' });
    expect([attempts.length, told]).toEqual([2, ['callRejected bulkhead']]);
    expect(calling.status().bulkhead).toMatchObject({ inside: 2, queued: 1, rejections: 1 });
    attempts[0]?.done(REPLY);
    await inside[0];
    await settle();
    expect(attempts).toHaveLength(3);
    for (const attempt of attempts.slice(1)) attempt.done(REPLY);
    await Promise.all([...inside, waiting]);
    expect(calling.status().bulkhead).toMatchObject({ inside: 0, queued: 0 });
  });

  it('is waited for until the deadline, and that is nothing the breaker holds against the target', async () => {
    const { call, attempts, clock, calling } = setUp({
      answer: () => undefined,
      config: {
        bulkhead: { maxConcurrent: 1, maxQueued: 10 },
        breaker: { kind: 'classic', trip: { kind: 'streak', failures: 1 } },
      },
    });
    const inside = call('a', { timeoutMs: 60_000 });
    const late = expect(call('b', { timeoutMs: 50 })).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    clock.advance(52);
    await late;
    expect(attempts).toHaveLength(1);
    expect(calling.status()).toMatchObject({ breakers: [{ state: { kind: 'closed' } }], bulkhead: { queued: 0 } });
    attempts[0]?.done(REPLY);
    await inside;
  });

  it('changes its size for those who come, and keeps those who are in', async () => {
    const { call, attempts, configure, calling } = setUp({
      answer: () => undefined,
      config: { bulkhead: { maxConcurrent: 1, maxQueued: 0 } },
    });
    const first = call('a');
    configure({ bulkhead: { maxConcurrent: 2, maxQueued: 0 } });
    const second = call('b');
    await expect(call('c')).rejects.toMatchObject({ reason: 'BULKHEAD_FULL' });
    configure({ bulkhead: undefined });
    const third = call('d');
    await settle();
    for (const attempt of attempts) attempt.done(REPLY);
    await Promise.all([first, second, third]);
    expect(calling.status().bulkhead).toBeUndefined();
  });
});

describe('withFallback', () => {
  const stale = { answer: (error: AppError, request: unknown) => `stale ${String(request)}: ${error.reason}` };

  it('answers for a target that is away or refuses, with the request and the error at hand', async () => {
    const { call, told, ended } = setUp({ answer: () => DOWN, config: { breaker: CLASSIC } });
    const orStale = withFallback(call, stale);
    for (let n = 0; n < 3; n++) expect(await orStale('x')).toBe('stale x: UNAVAILABLE');
    expect(await orStale('x')).toBe('stale x: CIRCUIT_OPEN');
    expect(told.filter((event) => event === 'fallbackUsed')).toHaveLength(4);
    expect(ended.map(({ status }) => status)).toEqual(Array(4).fill('UNAVAILABLE'));
  });

  it('leaves answers alone, and a caller who gives up, and what it is told to leave', async () => {
    expect(await withFallback(setUp().call, stale)('x')).toBe('answer');
    const refused = setUp({ answer: () => failure(Status.NOT_FOUND) });
    await expect(withFallback(refused.call, stale)('x')).rejects.toMatchObject({ status: 'NOT_FOUND' });
    const leaving = withFallback(refused.call, stale)('x', { signal: AbortSignal.abort() });
    await expect(leaving).rejects.toMatchObject({ status: 'CANCELLED' });
    const down = setUp({ answer: () => DOWN });
    const timeoutsOnly = withFallback(down.call, { ...stale, statuses: ['DEADLINE_EXCEEDED'] });
    await expect(timeoutsOnly('x')).rejects.toMatchObject({ status: 'UNAVAILABLE' });
  });
});
