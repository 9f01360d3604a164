import { describe, expect, it } from '@jest/globals';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Metadata, Status } from 'nice-grpc';

import type { Balancer, Picker } from '../../../../src/chassis/balancer/index.ts';
import type { Subchannel, TrackedCall } from '../../../../src/chassis/channel/index.ts';
import { createTargetCalling } from '../../../../src/chassis/client/target-calling.ts';
import { createUnaryMethod } from '../../../../src/chassis/client/unary-method.ts';
import {
  AppError,
  HEADERS,
  backgroundCall,
  createDeadlineWheel,
  createEmitter,
  runInCall,
  systemRandom,
  type CallContext,
} from '../../../../src/chassis/core/index.ts';
import {
  DEFAULT_CALLING,
  DEFAULT_DEADLINE,
  createRetries,
  type CallingConfig,
  type ChassisCallOptions,
  type ClientCallEvents,
} from '../../../../src/chassis/middleware/client/index.ts';
import { createCallTracer } from '../../../../src/chassis/tracing/index.ts';
import type { UnaryAttempt, UnaryOutcome } from '../../../../src/chassis/transport/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const METHOD = '/tradewind.test.v1.EchoService/Read';
const REPLY: UnaryOutcome = { kind: 'reply', response: 'answer', header: undefined, trailer: undefined };
const UNPROCESSED = failure(Status.UNAVAILABLE, { isUnprocessed: true });

function failure(code: Status, more: Partial<Extract<UnaryOutcome, { kind: 'failure' }>> = {}): UnaryOutcome {
  return { kind: 'failure', code, message: 'not now', trailer: undefined, isUnprocessed: false, ...more };
}

/** A method over one endpoint whose transport answers what the test says; undefined: it does not answer. */
function setUp({
  answer = (): UnaryOutcome | undefined => REPLY,
  isIdempotent = true,
  budgetCapacity = 10,
  picker = undefined as Picker | undefined,
  config = {} as Partial<CallingConfig>,
} = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const clock = createManualClock();
  clock.advance(1_000);
  const attempts: UnaryAttempt[] = [];
  const cancelled: UnaryAttempt[] = [];
  const ended: ClientCallEvents['callEnded'][] = [];
  const endedCodes: number[] = [];
  const inFlight = new Set<TrackedCall>();
  const subchannel = {
    address: '10.0.0.1:1',
    unary: {
      name: 'plain',
      start(attempt) {
        attempts.push(attempt);
        const outcome = answer();
        if (outcome !== undefined) queueMicrotask(() => attempt.done(outcome));
      },
      cancel(attempt) {
        cancelled.push(attempt);
        attempt.done(failure(Status.CANCELLED));
      },
    },
    begin: (call) => void inFlight.add(call),
    end: (call) => void inFlight.delete(call),
  } satisfies Partial<Subchannel> as Partial<Subchannel> as Subchannel; // what a call touches of it
  const events = createEmitter<ClientCallEvents>();
  events.on('callEnded', (event) => ended.push(event));
  const balancerEvents = createEmitter<{ picker: object }>();
  const pick: Picker = {
    pick: () => ({ kind: 'picked', subchannel, onEnd: (code) => void endedCodes.push(code) }),
  };
  const balancer = { picker: picker ?? pick, events: balancerEvents } as unknown as Balancer; // what a call reads of it
  const retry = {
    ...DEFAULT_CALLING.retry!, // it is on by default
    backoff: { baseMs: 0, maxMs: 0 },
    budget: { ratio: 0, perSecond: 0, capacity: budgetCapacity },
  };
  const calling = createTargetCalling(
    'etcd:///echo',
    { ...DEFAULT_CALLING, retry, ...config },
    { clock, random: systemRandom },
  );
  const { budget } = calling;
  const call = createUnaryMethod({
    chain: {
      target: 'etcd:///echo',
      events,
      newId: () => 'made-up',
      deadline: DEFAULT_DEADLINE,
      deadlines: createDeadlineWheel(clock),
      calling,
      retries: createRetries({ budget, clock, random: systemRandom }),
      balancer,
      clock,
      tracing: createCallTracer({ tracer: provider.getTracer('test'), random: systemRandom }),
      encode: () => new Uint8Array(),
    },
    method: { path: METHOD, encodeRequest: () => new Uint8Array(), decodeResponse: () => undefined },
    descriptor: {
      path: METHOD,
      requestStream: false,
      responseStream: false,
      options: isIdempotent ? { idempotencyLevel: 'IDEMPOTENT' } : {},
    },
    defaults: {},
  });
  const usePicker = (next: Picker) => {
    Object.assign(balancer, { picker: next });
    balancerEvents.emit('picker', {});
  };
  return {
    ...{ call, clock, attempts, cancelled, ended, endedCodes, inFlight, budget, pick, usePicker },
    spans: () => exporter.getFinishedSpans(),
  };
}

/** Answers with each of these, then with the last for ever. */
function inTurn(...outcomes: readonly (UnaryOutcome | undefined)[]): () => UnaryOutcome | undefined {
  let next = 0;
  return () => outcomes[Math.min(next++, outcomes.length - 1)];
}

const within = (changes: Partial<CallContext>): CallContext => ({
  ...backgroundCall({ callId: 'theirs', job: 'job' }),
  ...changes,
});

describe('createUnaryMethod', () => {
  it('tells one event for the call, and makes a span with ids of its own for each attempt', async () => {
    const { call, ended, spans, attempts } = setUp({ answer: inTurn(failure(Status.UNAVAILABLE), REPLY) });
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
    const { call, clock, attempts } = setUp({ answer: inTurn(undefined, REPLY) });
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
      isIdempotent: false,
      budgetCapacity: 0,
    });
    const incoming = within({ isRetry: false });
    expect(await runInCall(incoming, () => call('question', { retry: false }))).toBe('answer');
    expect(attempts.map(({ headers }) => headers.isRetry)).toEqual([false, false]);
    expect([budget.balance, ended[0]?.attempts]).toEqual([0, 2]);
  });

  it('goes on with what no handler saw only from the budget, and marks it then', async () => {
    const { call, attempts, budget } = setUp({ answer: inTurn(UNPROCESSED, UNPROCESSED, REPLY), isIdempotent: false });
    expect(await call('question')).toBe('answer');
    expect(attempts.map(({ headers }) => headers.isRetry)).toEqual([false, false, true]);
    expect(budget.balance).toBe(9);

    const poor = setUp({ answer: () => UNPROCESSED, budgetCapacity: 0 });
    await expect(poor.call('question')).rejects.toMatchObject({ status: 'UNAVAILABLE', message: 'not now' });
    expect(poor.attempts).toHaveLength(2);
  });

  it('never repeats what a handler may have seen and that is not idempotent', async () => {
    const { call, attempts } = setUp({ answer: () => failure(Status.UNAVAILABLE), isIdempotent: false });
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
