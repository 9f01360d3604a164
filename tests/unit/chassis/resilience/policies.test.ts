import { describe, expect, it } from '@jest/globals';

import { AppError, abortError, type ErrorStatus } from '../../../../src/chassis/core/index.ts';
import {
  breakerPolicy,
  bulkheadPolicy,
  createBulkhead,
  createClassicBreaker,
  createRetryBudget,
  createTokenBucket,
  failureStreak,
  fallbackPolicy,
  hedgePolicy,
  rateLimitPolicy,
  retryPolicy,
  timeoutPolicy,
  wrap,
  type Policy,
  type WorkContext,
} from '../../../../src/chassis/resilience/index.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

function failure(status: ErrorStatus, retryDelayMs?: number): AppError {
  const details = retryDelayMs === undefined ? [] : [{ kind: 'retryInfo', retryDelayMs } as const];
  return new AppError({ status, reason: status, message: status, details });
}

/** Lets promises go on, moving time by so much, until this one has settled. */
async function settle<T>(clock: ManualClock, promise: Promise<T>, stepMs = 10): Promise<T> {
  let isSettled = false;
  const seen = () => (isSettled = true);
  promise.then(seen, seen);
  for (let step = 0; step < 1_000 && !isSettled; step++) {
    await turn();
    if (!isSettled) clock.advance(stepMs);
  }
  return promise;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Work that never ends by itself, and says so when it was cancelled. */
function endless() {
  const seen = { begun: 0, cancelled: 0 };
  const work = ({ signal }: WorkContext) =>
    new Promise<never>((_, reject) => {
      seen.begun += 1;
      signal?.addEventListener('abort', () => {
        seen.cancelled += 1;
        reject(abortError(signal));
      });
    });
  return { seen, work };
}

function heard(policy: Policy<unknown>) {
  const events: string[] = [];
  policy.events.on('retried', ({ attempt, delayMs }) => events.push(`retried ${attempt} after ${delayMs}`));
  policy.events.on('hedged', ({ attempt }) => events.push(`hedged ${attempt}`));
  policy.events.on('timedOut', ({ timeoutMs }) => events.push(`timed out ${timeoutMs}`));
  policy.events.on('rejected', ({ reason }) => events.push(reason));
  policy.events.on('fellBack', () => events.push('fell back'));
  policy.events.on('breakerChanged', ({ from, to }) => events.push(`${from} > ${to}`));
  return events;
}

describe('retryPolicy', () => {
  const setUp = (options: Parameters<typeof retryPolicy>[0]) => {
    const clock = createManualClock();
    return { clock, policy: retryPolicy(options, { clock, random: seededRandom(1) }) };
  };

  it('tries again until one attempt succeeds, counting them', async () => {
    const { clock, policy } = setUp({ maxAttempts: 3 });
    const attempts: number[] = [];
    const work = ({ attempt }: WorkContext) => {
      attempts.push(attempt);
      return attempt < 3 ? Promise.reject(failure('UNAVAILABLE')) : Promise.resolve('done');
    };
    await expect(settle(clock, policy.execute(work))).resolves.toBe('done');
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('gives up with the last error after maxAttempts', async () => {
    const { clock, policy } = setUp({ maxAttempts: 2 });
    const work = ({ attempt }: WorkContext) => Promise.reject(new Error(`attempt ${attempt}`));
    await expect(settle(clock, policy.execute(work))).rejects.toThrow('attempt 2');
  });

  it('does not try again after an answer', async () => {
    const { policy } = setUp({ maxAttempts: 3 });
    let attempts = 0;
    const work = () => {
      attempts += 1;
      return Promise.reject(failure('NOT_FOUND'));
    };
    await expect(policy.execute(work)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    expect(attempts).toBe(1);
  });

  it('waits at least as long as the error asks for', async () => {
    const { clock, policy } = setUp({ maxAttempts: 2 });
    const events = heard(policy);
    const work = ({ attempt }: WorkContext) => (attempt === 1 ? Promise.reject(failure('UNAVAILABLE', 700)) : turn());
    await settle(clock, policy.execute(work));
    expect(events).toEqual(['retried 1 after 700']);
    expect(clock.now()).toBeGreaterThanOrEqual(700);
  });

  it('does not wait beyond the deadline, nor for a spent budget', async () => {
    const clock = createManualClock();
    const budget = createRetryBudget({ ratio: 0, perSecond: 0, capacity: 1 }, clock);
    const policy = retryPolicy({ maxAttempts: 5, budget }, { clock, random: seededRandom(1) });
    const events = heard(policy);
    const work = () => Promise.reject(failure('UNAVAILABLE', 100));
    await expect(policy.execute(work, { deadlineMs: 90 })).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect(events).toEqual([]);
    await expect(settle(clock, policy.execute(work))).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect(events).toEqual(['retried 1 after 100']);
  });

  it('stops waiting when its signal fires', async () => {
    const { policy } = setUp({ maxAttempts: 2 });
    const aborting = new AbortController();
    const running = policy.execute(() => Promise.reject(failure('UNAVAILABLE', 60_000)), { signal: aborting.signal });
    await turn();
    aborting.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('timeoutPolicy', () => {
  it('ends work that takes too long, and cancels it', async () => {
    const clock = createManualClock();
    const policy = timeoutPolicy(200, { clock });
    const events = heard(policy);
    const { seen, work } = endless();
    await expect(settle(clock, policy.execute(work))).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    expect(clock.now()).toBe(200);
    expect([seen.cancelled, events]).toEqual([1, ['timed out 200']]);
  });

  it('does not wait for work that does not listen', async () => {
    const clock = createManualClock();
    const deaf = timeoutPolicy(200, { clock }).execute(() => new Promise(() => undefined));
    await expect(settle(clock, deaf)).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
  });

  it('hands the nearer deadline down, and leaves nothing behind', async () => {
    const clock = createManualClock();
    const policy = timeoutPolicy(200, { clock });
    const events = heard(policy);
    const deadline = ({ deadlineMs }: WorkContext) => Promise.resolve(deadlineMs);
    await expect(policy.execute(deadline)).resolves.toBe(200);
    await expect(policy.execute(deadline, { deadlineMs: 50 })).resolves.toBe(50);
    await expect(
      policy.execute(() => {
        throw new Error('before any promise');
      }),
    ).rejects.toThrow('before any promise');
    clock.advance(1_000);
    expect(events).toEqual([]);
  });
});

describe('breakerPolicy', () => {
  const setUp = () => {
    const clock = createManualClock();
    const breaker = createClassicBreaker({ trip: failureStreak({ failures: 2 }), openMs: 1_000 }, { clock });
    return { clock, breaker, guarded: breakerPolicy(breaker, { subject: 'the carrier' }) };
  };

  it('refuses with the time until the next probe once it is open', async () => {
    const { clock, guarded } = setUp();
    const events = heard(guarded);
    for (let n = 0; n < 2; n++)
      await guarded.execute(() => Promise.reject(failure('UNAVAILABLE'))).catch(() => undefined);
    clock.advance(300);
    await expect(guarded.execute(turn)).rejects.toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'CIRCUIT_OPEN',
      details: [{ kind: 'retryInfo', retryDelayMs: 700 }],
    });
    expect(events).toEqual(['closed > open', 'CIRCUIT_OPEN']);
  });

  it('counts a timeout as a failure, whether it is inside or outside', async () => {
    for (const order of ['inside', 'outside']) {
      const { clock, breaker, guarded } = setUp();
      const timeout = timeoutPolicy(100, { clock });
      const policy = order === 'inside' ? wrap(guarded, timeout) : wrap(timeout, guarded);
      for (let n = 0; n < 2; n++) {
        await settle(clock, policy.execute(endless().work)).catch(() => undefined);
      }
      await turn();
      expect(breaker.state.kind).toBe('open');
    }
  });

  it('does not count callers who give up', async () => {
    const { breaker, guarded } = setUp();
    for (let n = 0; n < 5; n++) {
      const aborting = new AbortController();
      const running = guarded.execute(endless().work, { signal: aborting.signal });
      aborting.abort();
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect(breaker.state.kind).toBe('closed');
  });
});

describe('bulkheadPolicy', () => {
  it('gives its place back, however the work ends', async () => {
    const clock = createManualClock();
    const bulkhead = createBulkhead('the carrier', { maxConcurrent: 1, maxQueued: 0 }, { clock });
    const policy = bulkheadPolicy(bulkhead);
    const events = heard(policy);
    const first = policy.execute(turn);
    await expect(policy.execute(turn)).rejects.toMatchObject({ reason: 'BULKHEAD_FULL' });
    await first;
    await policy.execute(() => Promise.reject(new Error('no'))).catch(() => undefined);
    await policy.execute(turn);
    expect([bulkhead.status.inside, events]).toEqual([0, ['BULKHEAD_FULL']]);
  });

  it('waits for a place no longer than the deadline of a timeout around it', async () => {
    const clock = createManualClock();
    const bulkhead = createBulkhead('the carrier', { maxConcurrent: 1, maxQueued: 1 }, { clock });
    const policy = wrap(timeoutPolicy(100, { clock }), bulkheadPolicy(bulkhead));
    bulkhead.tryEnter();
    await expect(settle(clock, policy.execute(turn))).rejects.toBeInstanceOf(AppError);
    expect([clock.now(), bulkhead.status.queued]).toEqual([100, 0]);
  });
});

describe('rateLimitPolicy', () => {
  it('refuses with the time until the next token', async () => {
    const clock = createManualClock();
    const policy = rateLimitPolicy(createTokenBucket({ ratePerSecond: 2, burst: 1 }, { clock }), { subject: 'mails' });
    await policy.execute(turn);
    await expect(policy.execute(turn)).rejects.toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      reason: 'RATE_LIMITED',
      details: [
        { kind: 'quotaFailure', violations: [{ subject: 'mails' }] },
        { kind: 'retryInfo', retryDelayMs: 500 },
      ],
    });
  });
});

describe('fallbackPolicy', () => {
  const policy = fallbackPolicy({ value: () => 'from yesterday' });

  it('gives its value where the work cannot be done, or was refused on this side', async () => {
    const bulkhead = createBulkhead('x', { maxConcurrent: 1, maxQueued: 0 });
    bulkhead.tryEnter();
    await expect(policy.execute(() => Promise.reject(failure('UNAVAILABLE')))).resolves.toBe('from yesterday');
    await expect(wrap(policy, bulkheadPolicy(bulkhead)).execute(turn)).resolves.toBe('from yesterday');
  });

  it('lets answers and the caller giving up pass', async () => {
    await expect(policy.execute(() => Promise.reject(failure('NOT_FOUND')))).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
    await expect(policy.execute(() => Promise.reject(abortError()))).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('hedgePolicy', () => {
  it('sends a second attempt beside a slow first, and cancels the loser', async () => {
    const clock = createManualClock();
    const policy = hedgePolicy({ afterMs: 50 }, { clock });
    const events = heard(policy);
    const slow = endless();
    const work = (context: WorkContext) => (context.attempt === 1 ? slow.work(context) : Promise.resolve('second'));
    await expect(settle(clock, policy.execute(work))).resolves.toBe('second');
    expect([slow.seen.cancelled, events]).toEqual([1, ['hedged 2']]);
  });

  it('sends none beside one that ends in time', async () => {
    const clock = createManualClock();
    const policy = hedgePolicy({ afterMs: 50 }, { clock });
    const events = heard(policy);
    await policy.execute(turn);
    clock.advance(1_000);
    expect(events).toEqual([]);
  });

  it('starts the next at once when one fails, and takes an answer as the end', async () => {
    const clock = createManualClock();
    const policy = hedgePolicy({ afterMs: 50, maxAttempts: 3 }, { clock });
    const errors = [failure('UNAVAILABLE'), failure('NOT_FOUND')];
    const work = ({ attempt }: WorkContext) => Promise.reject(errors[attempt - 1] ?? new Error('one too many'));
    await expect(policy.execute(work)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    expect(clock.now()).toBe(0);
  });

  it('waits for the other attempt when the last one fails', async () => {
    const clock = createManualClock();
    const policy = hedgePolicy({ afterMs: 50 }, { clock });
    const work = async ({ attempt }: WorkContext) => {
      if (attempt === 2) throw failure('UNAVAILABLE');
      await clock.sleep(200);
      return 'first';
    };
    await expect(settle(clock, policy.execute(work))).resolves.toBe('first');
  });

  it('cancels all of them with its caller', async () => {
    const clock = createManualClock();
    const { seen, work } = endless();
    const aborting = new AbortController();
    const running = hedgePolicy({ afterMs: 50 }, { clock }).execute(work, { signal: aborting.signal });
    clock.advance(50);
    aborting.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toEqual({ begun: 2, cancelled: 2 });
  });
});

describe('wrap', () => {
  it('goes through the outermost first, and hands down what each one adds', async () => {
    const clock = createManualClock();
    const log: string[] = [];
    const named = (name: string): Policy => ({
      events: { on: () => () => undefined },
      execute: (work, context) => {
        log.push(name);
        return work({ signal: undefined, attempt: 1, deadlineMs: undefined, ...context });
      },
    });
    const retry = retryPolicy({ maxAttempts: 2, baseMs: 1 }, { clock, random: seededRandom(1) });
    const policy = wrap(named('outer'), retry, named('each attempt'), timeoutPolicy(100, { clock }));
    const work = ({ attempt, deadlineMs }: WorkContext) => {
      log.push(`attempt ${attempt} until ${deadlineMs}`);
      return attempt === 1 ? Promise.reject(failure('UNAVAILABLE')) : Promise.resolve('done');
    };
    await expect(settle(clock, policy.execute(work), 1)).resolves.toBe('done');
    expect(log).toEqual([
      'outer',
      'each attempt',
      'attempt 1 until 100',
      'each attempt',
      `attempt 2 until ${100 + clock.now()}`,
    ]);
  });

  it('carries cancellation from the caller down to the work', async () => {
    const clock = createManualClock();
    const bulkhead = createBulkhead('x', { maxConcurrent: 1, maxQueued: 1 }, { clock });
    const breaker = createClassicBreaker({}, { clock });
    const policy = wrap(
      retryPolicy({}, { clock, random: seededRandom(1) }),
      breakerPolicy(breaker, { subject: 'x' }),
      bulkheadPolicy(bulkhead),
      timeoutPolicy(100, { clock }),
    );
    const { seen, work } = endless();
    const aborting = new AbortController();
    const running = policy.execute(work, { signal: aborting.signal });
    await turn();
    aborting.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await turn();
    expect([seen, bulkhead.status.inside]).toEqual([{ begun: 1, cancelled: 1 }, 0]);
  });

  it('tells what each of its policies tells, until it is stopped', async () => {
    const clock = createManualClock();
    const policy = wrap(fallbackPolicy({ value: () => 0 }), timeoutPolicy(100, { clock }));
    const events = heard(policy);
    const stop = policy.events.on('fellBack', () => events.push('twice'));
    await settle(clock, policy.execute(endless().work));
    stop();
    await settle(clock, policy.execute(endless().work));
    expect(events).toEqual(['timed out 100', 'fell back', 'twice', 'timed out 100', 'fell back']);
  });
});
