import { SpanKind, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createEventBus, createTaskQueue } from '../../../../src/chassis/in-process/index.ts';
import { contextOf, startWork } from '../../../../src/chassis/tracing/index.ts';

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
});
afterAll(() => {
  context.disable();
  trace.disable();
});

describe('in-process work, traced', () => {
  it("goes on below the publisher's span, whoever's task ran before it, and below nothing where nobody is recorded", async () => {
    const bus = createEventBus<{ told: object }>({ source: 'test' });
    const queue = createTaskQueue({ name: 'work', maxConcurrent: 1 });
    const inner = async () => startWork({ name: 'inner', kind: SpanKind.INTERNAL }, context.active())?.end();
    bus.subscribe({ name: 'listener', handlers: { told: () => queue.submit(inner) } });
    const tell = () => bus.publish({ type: 'told', aggregateType: 'a', aggregateId: '1', data: {} });

    const calls = ['a', 'b'].map((id) =>
      startWork({ name: 'call', kind: SpanKind.SERVER }, contextOf(`00-${id.repeat(32)}-${'1'.repeat(16)}-01`))!,
    );
    await Promise.all([...calls.map((call) => call.within(tell)), tell()]);
    await bus.close();
    await queue.close();

    const spans = exporter.getFinishedSpans();
    const parentOf = (name: string, traceId: string) => {
      const span = spans.find((one) => one.name === name && one.spanContext().traceId === traceId);
      return spans.find((one) => one.spanContext().spanId === span?.parentSpanContext?.spanId)?.name;
    };
    for (const { ids } of calls) {
      expect(parentOf('inner', ids.traceId)).toBe('run work');
      expect(parentOf('run work', ids.traceId)).toBe('run told');
      const told = spans.find((one) => one.name === 'run told' && one.spanContext().traceId === ids.traceId);
      expect(told?.parentSpanContext?.spanId).toBe(ids.spanId);
      expect(told?.attributes).toEqual({
        'tradewind.queue': 'listener',
        'tradewind.attempt': 1,
        'tradewind.key': 'a/1',
      });
    }
    expect(spans).toHaveLength(6); // and none of the one that nobody traces
  });
});
