import { describe, expect, it } from '@jest/globals';
import { Metadata, Status } from 'nice-grpc';

import { HEADERS, runInCall } from '../../../../src/chassis/core/index.ts';
import { DEFAULT_HEDGING, type HedgingPolicy } from '../../../../src/chassis/middleware/client/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { REPLY, failure, setUp, settle, within, type UnarySetUp } from './unary-harness.ts';

const reply = (response: string) => ({ kind: 'reply' as const, response, header: undefined, trailer: undefined });

/** A read-only method whose attempts have taken 10 ms so far; from here on nobody answers by itself. */
async function hedged(policy: Partial<HedgingPolicy> = {}, options: Omit<UnarySetUp, 'answer'> = {}) {
  const hedging: HedgingPolicy = { ...DEFAULT_HEDGING, minimumSamples: 64, ...policy };
  const made = setUp({
    answer: () => undefined,
    idempotency: 'NO_SIDE_EFFECTS',
    endpoints: 2,
    ...options,
    config: { hedging, ...options.config },
  });
  for (let n = 0; n < 64; n++) {
    const calling = made.call('x');
    made.clock.advance(10);
    made.attempts.at(-1)?.done(REPLY);
    await calling;
  }
  made.attempts.length = 0;
  made.cancelled.length = 0;
  made.endedCodes.length = 0;
  return made;
}

describe('hedging', () => {
  it('asks another endpoint once an attempt takes longer than nearly all did, and cancels the loser', async () => {
    const { call, clock, attempts, cancelled, told, ended, budget, endedCodes } = await hedged();
    const calling = call('x');
    clock.advance(9);
    expect(attempts).toHaveLength(1);
    clock.advance(5); // a tenth and a tick of the wheel later at most
    expect(attempts).toHaveLength(2);
    attempts[1]?.done(reply('second'));
    expect(await calling).toBe('second');
    expect(cancelled).toEqual([attempts[0]]);
    expect(told).toEqual(['hedged', 'hedgeWon']);
    expect(budget.balance).toBe(9);
    expect(ended.at(-1)).toMatchObject({ status: 'OK', attempts: 2 });
    expect(endedCodes.toSorted()).toEqual([Status.OK, Status.CANCELLED]);
  });

  it('marks the hedge as a retry, so that nothing below it is tried again, and sends it to another endpoint', async () => {
    const { call, clock, attempts, sentTo, ended } = await hedged();
    const calling = call('x');
    clock.advance(14);
    expect(attempts.map(({ headers }) => headers.isRetry)).toEqual([false, true]);
    const [first, second] = sentTo.slice(-2);
    expect(first).not.toBe(second);
    attempts[0]?.done(reply('first'));
    expect(await calling).toBe('first');
    expect(ended.at(-1)?.peer).toBe(first);
  });

  it('leaves the call to the other attempt when one fails, and tries again when both do', async () => {
    const { call, clock, attempts } = await hedged();
    const calling = call('x');
    clock.advance(14);
    attempts[0]?.done(failure(Status.UNAVAILABLE));
    await settle();
    attempts[1]?.done(failure(Status.UNAVAILABLE));
    await eventually(() => expect(attempts).toHaveLength(3));
    attempts[2]?.done(reply('third'));
    expect(await calling).toBe('third');
  });

  it('takes any other failure, and a pushback, for the answer', async () => {
    const pushback = Metadata({ [HEADERS.retryPushback]: '-1' });
    for (const outcome of [failure(Status.NOT_FOUND), failure(Status.UNAVAILABLE, { trailer: pushback })]) {
      const { call, clock, attempts, cancelled } = await hedged();
      const calling = expect(call('x')).rejects.toMatchObject({ code: outcome.code });
      clock.advance(14);
      attempts[1]?.done(outcome);
      await calling;
      expect([attempts.length, cancelled]).toEqual([2, [attempts[0]]]);
    }
  });

  it('ends all attempts with the deadline and with the caller', async () => {
    const { call, clock, cancelled, inFlight } = await hedged();
    const late = expect(call('x', { timeoutMs: 100 })).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    clock.advance(102);
    await late;
    const leaving = new AbortController();
    const left = expect(call('x', { signal: leaving.signal })).rejects.toMatchObject({ status: 'CANCELLED' });
    clock.advance(14);
    leaving.abort();
    await left;
    expect([cancelled.length, inFlight.size]).toEqual([4, 0]);
  });

  it.each<[string, () => ReturnType<typeof hedged>]>([
    ['there is no other endpoint', () => hedged({}, { endpoints: 1 })],
    ['the budget is spent', () => hedged({}, { budgetCapacity: 0 })],
    ['too few attempts were timed', () => hedged({ minimumSamples: 65 })],
    ['the method may have effects', () => hedged({}, { idempotency: 'IDEMPOTENT' })],
    ['nobody switched it on', () => hedged({}, { config: { hedging: undefined } })],
  ])('does not send a second attempt where %s', async (_why, make) => {
    const { call, clock, attempts, told } = await make();
    const calling = call('x', { timeoutMs: 60_000 });
    clock.advance(1_000);
    attempts[0]?.done(REPLY);
    await calling;
    expect([attempts.length, told]).toEqual([1, []]);
  });

  it('neither multiplies the calls of a retry above, nor sends twice what its caller wants sent once', async () => {
    const { call, clock, attempts } = await hedged();
    const below = runInCall(within({ isRetry: true }), () => call('x'));
    const once = call('x', { retry: false });
    clock.advance(1_000);
    for (const attempt of attempts) attempt.done(REPLY);
    await Promise.all([below, once]);
    expect(attempts).toHaveLength(2);
  });

  it('waits for the floor where attempts are faster than that', async () => {
    const { call, clock, attempts } = await hedged({ minimumDelayMs: 50 });
    const calling = call('x');
    clock.advance(49);
    expect(attempts).toHaveLength(1);
    clock.advance(3);
    expect(attempts).toHaveLength(2);
    attempts[0]?.done(REPLY);
    await calling;
  });

  it('begins with the next call when the service config switches it on, and ends with it', async () => {
    const { call, clock, attempts, configure } = await hedged();
    configure({ hedging: undefined });
    const calling = call('x');
    clock.advance(1_000);
    attempts[0]?.done(REPLY);
    await calling;
    expect(attempts).toHaveLength(1);
  });

  it('tells the caller the trailer of the answer alone', async () => {
    const { call, clock, attempts } = await hedged();
    const seen: (string | undefined)[] = [];
    const onTrailer = (trailer: Metadata) => void seen.push(trailer.get('from'));
    const calling = call('x', { onTrailer });
    clock.advance(14);
    attempts[1]?.done({ ...reply('second'), trailer: Metadata({ from: 'second' }) });
    await calling;
    await settle();
    expect(seen).toEqual(['second']);
  });
});
