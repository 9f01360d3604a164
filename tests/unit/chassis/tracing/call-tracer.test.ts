import { ROOT_CONTEXT, TraceFlags, context, trace, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AppError, backgroundCall, systemRandom, type CallTrace } from '../../../../src/chassis/core/index.ts';
import { createCallTracer, type TracedCall } from '../../../../src/chassis/tracing/index.ts';

const PATH = '/tradewind.user.v1.UserService/GetUser';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const sampled = `00-${TRACE_ID}-${SPAN_ID}-01`;
const unsampled = `00-${TRACE_ID}-${SPAN_ID}-00`;

function tracing(rootRatio?: number, chance = 0.5) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const random = { ...systemRandom, next: () => chance };
  const sampling = rootRatio === undefined ? undefined : { rootRatio };
  const tracer = createCallTracer({ tracer: provider.getTracer('test'), random, sampling });
  return { tracer, spans: () => exporter.getFinishedSpans() };
}

const outgoing = (traceContext: Context = ROOT_CONTEXT, parent?: CallTrace): TracedCall => ({
  ...{ target: 'etcd:///user', method: PATH, attempts: 1, startedAtMs: 0, traceContext },
  incoming: parent === undefined ? undefined : { ...backgroundCall({ callId: 'c', job: 'j' }), trace: parent },
});

const from = (traceparent: string | undefined, tracestate?: string) => ({ traceparent, tracestate });

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

describe('createCallTracer', () => {
  it('records a served call whose caller is recorded, below it, and runs its work inside the span', () => {
    const { tracer, spans } = tracing(0);

    const span = tracer.server(PATH, from(sampled, 'vendor=1'));
    const active = span.within(() => trace.getActiveSpan()?.spanContext());
    span.end(5, new AppError({ status: 'NOT_FOUND', reason: 'USER_NOT_FOUND', message: 'none' }));

    expect(span).toMatchObject({ isRecording: true, tracestate: 'vendor=1' });
    expect(span.traceparent).toBe(`00-${TRACE_ID}-${active?.spanId}-01`);
    expect(spans()).toHaveLength(1);
    expect(spans()[0]).toMatchObject({
      name: PATH.slice(1),
      parentSpanContext: { traceId: TRACE_ID, spanId: SPAN_ID, isRemote: true },
      attributes: {
        'rpc.system': 'grpc',
        'rpc.service': 'tradewind.user.v1.UserService',
        'rpc.method': 'GetUser',
        'rpc.grpc.status_code': 5,
        'error.type': 'USER_NOT_FOUND',
      },
      status: { code: 0 },
    });
  });

  it('passes on the ids of a caller that is not recorded, and makes no span', () => {
    const { tracer, spans } = tracing(1);

    const span = tracer.server(PATH, from(unsampled, 'a=1,b=2'));

    expect(span).toMatchObject({ traceparent: unsampled, tracestate: 'a=1,b=2', isRecording: false });
    expect(span.within(() => trace.getActiveSpan())).toBeUndefined();
    expect(spans()).toEqual([]);
  });

  it.each([
    ['no text', ''],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
    ['a span id of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['upper case', sampled.toUpperCase()],
    ['the forbidden version', `ff${sampled.slice(2)}`],
    ['version 00 with more behind it', `${sampled}-00`],
    ['two values', `${sampled}, ${unsampled}`],
  ])('begins a new trace for a traceparent that is %s, and drops the tracestate', (_what, traceparent) => {
    const { tracer } = tracing(0);

    const span = tracer.server(PATH, from(traceparent, 'a=1'));

    expect(span.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
    expect(span.traceparent).not.toContain(TRACE_ID);
    expect(span.tracestate).toBeUndefined();
  });

  it('takes a later version for what it has in common with version 00', () => {
    const { tracer } = tracing(0);

    expect(tracer.server(PATH, from(`01-${unsampled.slice(3)}-more`)).traceparent).toBe(unsampled);
  });

  it('makes new ids for each trace that begins here and is not recorded', () => {
    const { tracer } = tracing(0);
    const ids = Array.from({ length: 600 }, () => tracer.server(PATH, from(undefined)).traceparent);

    expect(new Set(ids).size).toBe(600);
    expect(ids.every((id) => /^00-[\da-f]{32}-[\da-f]{16}-00$/.test(id ?? ''))).toBe(true);
  });

  it('records the share of traces that begin here, and asks the tracer where there is none', () => {
    expect(tracing(0.5, 0.49).tracer.server(PATH, from(undefined)).isRecording).toBe(true);
    expect(tracing(0.5, 0.5).tracer.server(PATH, from(undefined)).isRecording).toBe(false);
    expect(tracing(undefined, 0.99).tracer.client(outgoing()).isRecording).toBe(true);
  });

  it('puts an attempt below the span that is active, or else below the call being served', () => {
    const { tracer, spans } = tracing(0);
    const active = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED };
    const inSpan = trace.setSpanContext(ROOT_CONTEXT, active);
    const served = { traceparent: sampled, tracestate: undefined };

    tracer.client(outgoing(inSpan, served)).end(14, { peer: '127.0.0.1:1', transport: 'plain', message: 'gone' });
    tracer.client(outgoing(ROOT_CONTEXT, served)).end(0, {});

    expect(spans().map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([active.spanId, SPAN_ID]);
    expect(spans()[0]).toMatchObject({
      attributes: {
        'rpc.grpc.status_code': 14,
        'network.peer.address': '127.0.0.1:1',
        'tradewind.transport': 'plain',
        'tradewind.target': 'etcd:///user',
        'tradewind.attempt': 1,
      },
      status: { code: 2, message: 'gone' },
    });
  });

  it('sends on the ids of what is not recorded around an attempt', () => {
    const { tracer } = tracing(1);
    const active = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.NONE };

    expect(tracer.client(outgoing(trace.setSpanContext(ROOT_CONTEXT, active)))).toMatchObject({
      traceparent: `00-${active.traceId}-${active.spanId}-00`,
      isRecording: false,
    });
    expect(tracer.client(outgoing(ROOT_CONTEXT, { traceparent: unsampled, tracestate: 'a=1' }))).toMatchObject({
      traceparent: unsampled,
      tracestate: 'a=1',
    });
  });

  it('sends no ids where nobody traces', () => {
    const tracer = createCallTracer({ tracer: trace.getTracer('none'), random: systemRandom });

    expect(tracer.client(outgoing())).toMatchObject({ traceparent: undefined, isRecording: false });
    expect(tracer.server(PATH, from(undefined))).toMatchObject({ traceparent: undefined, isRecording: false });
  });
});
