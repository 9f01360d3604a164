import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from '@jest/globals';
import { Metadata, Status, type CallOptions } from 'nice-grpc';

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
  callOrigin,
  clientMiddleware,
  composeOutermostFirst,
  createOutgoingCall,
  type ChainOptions,
  type ClientCallEvents,
} from '../../../../src/chassis/middleware/client/index.ts';
import { createCallTracer } from '../../../../src/chassis/tracing/index.ts';

const METHOD = '/tradewind.test.v1.EchoService/Count';

function chain() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const events = createEmitter<ClientCallEvents>();
  const ended: ClientCallEvents['callEnded'][] = [];
  events.on('callEnded', (event) => ended.push(event));
  const clock = { ...systemClock, monotonicMs: () => 1_000 };
  const named = clientMiddleware({
    events,
    clock,
    newId,
    deadline: DEFAULT_DEADLINE,
    admission: async function* letIn(call, options) {
      return yield* call.next(call.request, options);
    },
    tracing: createCallTracer({ tracer: provider.getTracer('test'), random: systemRandom }),
  });
  const run = async (attempt: (options: CallOptions) => string, options: Partial<ChainOptions> = {}) => {
    const { outgoing, release } = createOutgoingCall({
      target: 'etcd:///echo',
      method: METHOD,
      origin: callOrigin(),
      clock,
      signal: undefined,
    });
    const messages = composeOutermostFirst(named)(
      {
        method: { path: METHOD, requestStream: false, responseStream: true, options: {} },
        requestStream: false,
        request: 'question',
        responseStream: true,
        async *next(_request, reached) {
          yield attempt(reached);
        },
      },
      { ...options, outgoing },
    );
    try {
      const received: unknown[] = [];
      for await (const message of messages) received.push(message);
      return received;
    } finally {
      release();
    }
  };
  return { named, run, ended, spans: () => exporter.getFinishedSpans() };
}

describe('clientMiddleware', () => {
  it('has this order, outermost first', () => {
    const names = chain().named.map(({ name }) => name);
    expect(names).toEqual(['events', 'errors', 'deadline', 'admission', 'context', 'attempt', 'tracing']);
  });

  it('runs in that order: one event, one span, and its ids sent along', async () => {
    const { run, ended, spans } = chain();
    let parent: string | undefined;
    const received = await run(({ metadata }) => {
      parent = metadata?.get(HEADERS.traceparent);
      return 'answer';
    });
    expect(received).toEqual(['answer']);
    expect(ended).toMatchObject([{ target: 'etcd:///echo', method: METHOD, status: 'OK', attempts: 1 }]);
    expect(spans()).toMatchObject([{ attributes: { 'rpc.method': 'Count', 'rpc.grpc.status_code': Status.OK } }]);
    expect(parent?.split('-')[2]).toBe(spans()[0]?.spanContext().spanId);
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  it('gives a stream no deadline of its own, and less of the incoming call than that has left', async () => {
    const { run } = chain();
    const timeouts: (string | undefined)[] = [];
    const record = ({ metadata }: CallOptions) => {
      timeouts.push(metadata?.get(HEADERS.timeout));
      return 'answer';
    };
    await run(record);
    await run(record, { timeoutMs: 5_000 });
    const incoming = { ...backgroundCall({ callId: 'c', job: 'j' }), deadlineMs: 1_500 };
    await runInCall(incoming, () => run(record, { timeoutMs: 5_000 }));
    expect(timeouts).toEqual([undefined, '5000m', '490m']);
  });

  it('leaves the metadata the caller passed as it was', async () => {
    const { run } = chain();
    const metadata = Metadata({ mine: 'yes' });
    await run(() => 'answer', { metadata } as Partial<ChainOptions>);
    expect([...metadata]).toEqual([['mine', ['yes']]]);
  });
});
