import { InMemorySpanExporter, SimpleSpanProcessor, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { describe, expect, it } from '@jest/globals';
import { ClientError, Metadata, Status, type CallOptions } from 'nice-grpc';

import {
  HEADERS,
  backgroundCall,
  createEmitter,
  newId,
  runInCall,
  systemClock,
  systemRandom,
} from '../../../../src/chassis/core/index.ts';
import {
  DEFAULT_DEADLINE,
  DEFAULT_RETRY_BUDGET,
  callOrigin,
  clientMiddleware,
  composeOutermostFirst,
  createOutgoingCall,
  createRetryBudget,
  formatTimeout,
  type ChainOptions,
  type ClientCallEvents,
} from '../../../../src/chassis/middleware/client/index.ts';

const METHOD = '/tradewind.test.v1.EchoService/Read';

function chain() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const events = createEmitter<ClientCallEvents>();
  const ended: ClientCallEvents['callEnded'][] = [];
  events.on('callEnded', (event) => ended.push(event));
  let nowMs = 1_000;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const named = clientMiddleware({
    events,
    clock,
    random: systemRandom,
    newId,
    deadline: DEFAULT_DEADLINE,
    retry: { maxAttempts: 3, backoff: { baseMs: 1, maxMs: 1 } },
    budget: createRetryBudget(DEFAULT_RETRY_BUDGET, clock),
    tracer: provider.getTracer('test'),
    propagator: new W3CTraceContextPropagator(),
  });
  const run = async (attempt: (options: CallOptions) => string, options: Partial<ChainOptions> = {}) => {
    const { outgoing, release } = createOutgoingCall({
      target: 'etcd:///echo',
      method: METHOD,
      origin: callOrigin(),
      clock,
      signal: undefined,
    });
    const generator = composeOutermostFirst(named)(
      {
        method: {
          path: METHOD,
          requestStream: false,
          responseStream: false,
          options: { idempotencyLevel: 'IDEMPOTENT' },
        },
        requestStream: false,
        request: 'question',
        responseStream: false,
        async *next(_request, reached) {
          return attempt(reached);
        },
      },
      { ...options, outgoing },
    );
    return { result: (await generator.next().finally(release)).value, outgoing };
  };
  return { named, run, ended, spans: () => exporter.getFinishedSpans(), pass: (ms: number) => void (nowMs += ms) };
}

describe('clientMiddleware', () => {
  it('has this order, outermost first', () => {
    expect(chain().named.map(({ name }) => name)).toEqual([
      'events',
      'errors',
      'deadline',
      'context',
      'retry',
      'attempt',
      'tracing',
    ]);
  });

  it('runs in that order: one event for the call, a span and a trace parent for each attempt', async () => {
    const { run, ended, spans } = chain();
    const parents: (string | undefined)[] = [];
    const { result } = await run(({ metadata }) => {
      parents.push(metadata?.get(HEADERS.traceparent));
      if (parents.length === 1) throw new ClientError(METHOD, Status.UNAVAILABLE, 'gone');
      return 'answer';
    });
    expect(result).toBe('answer');
    expect(ended).toMatchObject([{ target: 'etcd:///echo', method: METHOD, status: 'OK', attempts: 2 }]);
    expect(
      spans().map(({ name, attributes }) => [
        name,
        attributes['tradewind.attempt'],
        attributes['rpc.grpc.status_code'],
      ]),
    ).toEqual([
      ['tradewind.test.v1.EchoService/Read', 1, Status.UNAVAILABLE],
      ['tradewind.test.v1.EchoService/Read', 2, Status.OK],
    ]);
    expect(parents.map((parent) => parent?.split('-')[2])).toEqual(spans().map((span) => span.spanContext().spanId));
  });

  it('tells each attempt what is left of the deadline, and the callee less than the caller has', async () => {
    const { run, pass } = chain();
    const timeouts: (string | undefined)[] = [];
    const incoming = { ...backgroundCall({ callId: 'c', job: 'j' }), deadlineMs: 1_500 };
    await runInCall(incoming, () =>
      run(
        ({ metadata }) => {
          timeouts.push(metadata?.get(HEADERS.timeout));
          pass(100);
          if (timeouts.length === 1) throw new ClientError(METHOD, Status.UNAVAILABLE, 'gone');
          return 'answer';
        },
        { timeoutMs: 5_000 },
      ),
    );
    expect(timeouts).toEqual(['490m', '390m']);
  });

  it("sends the call's token, else the incoming call's, and never over what the metadata says", async () => {
    const { run } = chain();
    const sent: (string | undefined)[] = [];
    const record = ({ metadata }: CallOptions) => {
      sent.push(metadata?.get(HEADERS.authorization));
      return 'answer';
    };
    const incoming = { ...backgroundCall({ callId: 'c', job: 'j' }), authorization: 'Bearer theirs' };
    await run(record);
    await run(record, { token: 'mine' });
    await run(record, { token: async () => 'made' });
    await runInCall(incoming, () => run(record));
    await runInCall(incoming, () => run(record, { token: 'mine' }));
    const metadata = Metadata({ authorization: 'Basic x' });
    await run(record, { token: 'mine', metadata } as Partial<ChainOptions>);
    expect(sent).toEqual([undefined, 'Bearer mine', 'Bearer made', 'Bearer theirs', 'Bearer mine', 'Basic x']);
  });

  it('ends a call whose token cannot be had, or not before the deadline', async () => {
    const { run } = chain();
    const refused = new Error('no refresh token');
    await expect(run(() => 'answer', { token: () => Promise.reject(refused) })).rejects.toMatchObject({
      status: 'UNAUTHENTICATED',
      reason: 'TOKEN_UNAVAILABLE',
      cause: refused,
    });
    const never = () => new Promise<string>(() => undefined);
    await expect(run(() => 'answer', { token: never, timeoutMs: 20 })).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
  });

  it('leaves the metadata the caller passed as it was', async () => {
    const { run } = chain();
    const metadata = Metadata({ mine: 'yes' });
    await run(() => 'answer', { metadata } as Partial<ChainOptions>);
    expect([...metadata]).toEqual([['mine', ['yes']]]);
  });
});

describe('formatTimeout', () => {
  it('is whole milliseconds of at most eight digits, then seconds, and never zero', () => {
    expect([0.2, 1, 250.1, 99_999_999, 100_000_000].map(formatTimeout)).toEqual([
      '1m',
      '1m',
      '251m',
      '99999999m',
      '100000S',
    ]);
  });
});
