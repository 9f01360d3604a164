import { describe, expect, it } from '@jest/globals';
import { Metadata, Status } from 'nice-grpc';

import type { Picker } from '../../../../src/chassis/balancer/index.ts';
import { AppError, HEADERS, runInCall } from '../../../../src/chassis/core/index.ts';
import type { ChassisCallOptions } from '../../../../src/chassis/middleware/client/index.ts';
import { METHOD, REPLY, UNPROCESSED, failure, inTurn, setUp, within } from './unary-harness.ts';

describe('createUnaryMethod', () => {
  it('tells one event for the call, and makes a span with ids of its own for each attempt', async () => {
    const { call, ended, spans, attempts } = setUp({
      answer: inTurn(failure(Status.UNAVAILABLE), REPLY),
      idempotency: 'IDEMPOTENT',
    });
    expect(await call('question')).toBe('answer');
    expect(ended).toMatchObject([
      { target: 'etcd:///echo', method: METHOD, status: 'OK', attempts: 2, peer: '10.0.0.1:1', error: undefined },
    ]);
    expect(
      spans().map(({ attributes }) => [attributes['tradewind.attempt'], attributes['rpc.grpc.status_code']]),
    ).toEqual([
      [1, Status.UNAVAILABLE],
      [2, Status.OK],
    ]);
    const parents = attempts.map(({ headers }) => headers.traceparent?.split('-')[2]);
    expect(parents).toEqual(spans().map((span) => span.spanContext().spanId));
  });

  it('tells each attempt what is left of the deadline, and the callee less than the caller has', async () => {
    const { call, clock, attempts } = setUp({ answer: inTurn(undefined, REPLY), idempotency: 'IDEMPOTENT' });
    const calling = runInCall(within({ deadlineMs: 1_500 }), () => call('question', { timeoutMs: 5_000 }));
    clock.advance(100);
    attempts[0]?.done(failure(Status.UNAVAILABLE));
    await calling;
    expect(attempts.map(({ headers }) => headers.timeoutMs)).toEqual([490, 390]);
  });

  it('ends a call at its deadline, tells the transport and counts it against the endpoint', async () => {
    const { call, clock, attempts, cancelled, endedCodes, inFlight } = setUp({ answer: () => undefined });
    const calling = call('question', { timeoutMs: 300 });
    clock.advance(299);
    expect([cancelled.length, inFlight.size]).toEqual([0, 1]);
    clock.advance(3);
    await expect(calling).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
      message: `${METHOD}: 10.0.0.1:1 had not answered after 300 ms and 1 attempt(s)`,
    });
    expect(cancelled).toEqual(attempts);
    expect([endedCodes, inFlight.size]).toEqual([[Status.DEADLINE_EXCEEDED], 0]);
  });

  it("sends the call's token, else the incoming call's, and never over what the metadata says", async () => {
    const { call, attempts } = setUp();
    const incoming = within({ authorization: 'Bearer theirs' });
    await call('question');
    await call('question', { token: 'mine' });
    await call('question', { token: async () => 'made' });
    await runInCall(incoming, () => call('question'));
    await runInCall(incoming, () => call('question', { token: 'mine' }));
    await call('question', { token: 'mine', metadata: Metadata({ authorization: 'Basic x' }) });
    const sent = attempts.map(({ headers }) => headers.authorization);
    expect(sent).toEqual([undefined, 'Bearer mine', 'Bearer made', 'Bearer theirs', 'Bearer mine', 'Basic x']);
  });

  it('ends a call whose token cannot be had, or not before the deadline', async () => {
    const { call, clock, attempts } = setUp();
    const refused = new Error('no refresh token');
    await expect(call('question', { token: () => Promise.reject(refused) })).rejects.toMatchObject({
      status: 'UNAUTHENTICATED',
      reason: 'TOKEN_UNAVAILABLE',
      cause: refused,
    });
    const waiting = call('question', { token: () => new Promise<string>(() => undefined), timeoutMs: 20 });
    clock.advance(22);
    await expect(waiting).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    expect(attempts).toEqual([]);
  });

  it('takes the headers it knows out of the metadata, and leaves the metadata itself as it was', async () => {
    const { call, attempts } = setUp();
    const metadata = Metadata({
      mine: 'yes',
      [HEADERS.callId]: 'my-own',
      [HEADERS.timeout]: '1m',
      [HEADERS.retry]: '1',
    });
    await call('question', { metadata });
    expect(attempts[0]?.headers).toMatchObject({ callId: 'my-own', timeoutMs: 5_000, isRetry: true });
    expect([...(attempts[0]?.headers.metadata ?? [])]).toEqual([['mine', ['yes']]]);
    expect([...metadata]).toHaveLength(4);
    await call('question');
    await runInCall(within({}), () => call('question'));
    expect(attempts.slice(1).map(({ headers }) => [headers.callId, headers.metadata])).toEqual([
      ['made-up', undefined],
      ['theirs', undefined],
    ]);
  });

  it('makes what no handler saw once more at once, whatever its idempotency, at no cost and unmarked', async () => {
    const { call, attempts, budget, ended } = setUp({
      answer: inTurn(UNPROCESSED, REPLY),
      budgetCapacity: 0,
    });
    const incoming = within({ isRetry: false });
    expect(await runInCall(incoming, () => call('question', { retry: false }))).toBe('answer');
    expect(attempts.map(({ headers }) => headers.isRetry)).toEqual([false, false]);
    expect([budget.balance, ended[0]?.attempts]).toEqual([0, 2]);
  });

  it('goes on with what no handler saw only from the budget, and marks it then', async () => {
    const { call, attempts, budget } = setUp({ answer: inTurn(UNPROCESSED, UNPROCESSED, REPLY) });
    expect(await call('question')).toBe('answer');
    expect(attempts.map(({ headers }) => headers.isRetry)).toEqual([false, false, true]);
    expect(budget.balance).toBe(9);

    const poor = setUp({ answer: () => UNPROCESSED, budgetCapacity: 0 });
    await expect(poor.call('question')).rejects.toMatchObject({ status: 'UNAVAILABLE', message: 'not now' });
    expect(poor.attempts).toHaveLength(2);
  });

  it('never repeats what a handler may have seen and that is not idempotent', async () => {
    const { call, attempts } = setUp({ answer: () => failure(Status.UNAVAILABLE) });
    await expect(call('question')).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect(attempts).toHaveLength(1);
  });

  it('hands on headers and trailers of every attempt', async () => {
    const seen: string[] = [];
    const options: ChassisCallOptions & Parameters<ReturnType<typeof setUp>['call']>[1] = {
      onHeader: (header) => seen.push(`header ${header.get('from')}`),
      onTrailer: (trailer) => seen.push(`trailer ${trailer.get('from')}`),
    };
    const { call } = setUp({
      idempotency: 'IDEMPOTENT',
      answer: inTurn(failure(Status.UNAVAILABLE, { trailer: Metadata({ from: 'first' }) }), {
        ...REPLY,
        kind: 'reply',
        response: 'answer',
        header: Metadata({ from: 'second' }),
        trailer: Metadata({ from: 'it' }),
      }),
    });
    await call('question', options);
    expect(seen).toEqual(['trailer first', 'header second', 'trailer it']);
  });

  it('waits for an endpoint, and ends with the deadline or with what the picker says', async () => {
    const queue: Picker = { pick: () => ({ kind: 'queue' }) };
    const { call, clock, attempts, pick, usePicker } = setUp({ picker: queue });
    const waiting = call('question');
    const late = expect(call('question', { timeoutMs: 50 })).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
      message: `${METHOD}: etcd:///echo had nobody ready after 50 ms and 1 attempt(s)`,
    });
    clock.advance(50);
    await late;
    expect(attempts).toEqual([]);
    usePicker(pick);
    expect(await waiting).toBe('answer');

    const error = new AppError({ status: 'UNAVAILABLE', reason: 'CLIENT_CLOSED', message: 'closed' });
    usePicker({ pick: () => ({ kind: 'fail', error }) });
    await expect(call('question')).rejects.toBe(error);
  });

  it("ends with its caller's signal and with the incoming call's, and lets go of both", async () => {
    const { call, cancelled, endedCodes } = setUp({ answer: () => undefined });
    const own = new AbortController();
    const theirs = new AbortController();
    const ends = (calling: Promise<unknown>) => expect(calling).rejects.toMatchObject({ status: 'CANCELLED' });
    const one = ends(call('question', { signal: own.signal }));
    own.abort();
    await one;
    const other = ends(runInCall(within({ signal: theirs.signal }), () => call('question')));
    theirs.abort();
    await other;
    await ends(call('question', { signal: AbortSignal.abort() }));
    expect([cancelled.length, endedCodes]).toEqual([2, [Status.CANCELLED, Status.CANCELLED]]);
  });
});
