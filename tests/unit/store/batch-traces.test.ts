import { SpanKind, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { createGroupCommit } from '../../../src/chassis/store/index.ts';
import { contextOf, recordedTraceparent, startWork } from '../../../src/chassis/tracing/index.ts';

const exporter = new InMemorySpanExporter();
const unrecorded = `00-${'9'.repeat(32)}-${'9'.repeat(16)}-00`;

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
});
afterAll(() => {
  context.disable();
  trace.disable();
});
beforeEach(() => exporter.reset());

const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const idOf = (span: ReturnType<typeof named>[number] | undefined) => span?.spanContext().spanId;

/** Does something as a call whose trace has this id. */
function asCall<T>(traceId: string, work: () => T): T {
  const call = startWork({ name: 'call', kind: SpanKind.SERVER }, contextOf(`00-${traceId}-${'1'.repeat(16)}-01`));
  if (call === undefined) throw new Error('a sampled trace is recorded');
  return call.within(work);
}

describe('createGroupCommit, traced', () => {
  it("writes a batch below the first recorded caller's waiting, linked with the others'", async () => {
    const seen: (string | undefined)[] = [];
    const group = createGroupCommit({
      job: 'test',
      async run(items: readonly number[]) {
        seen.push(recordedTraceparent());
        return items;
      },
    });
    await Promise.all([
      context.with(contextOf(unrecorded), () => group.submit(0)),
      asCall('a'.repeat(32), () => group.submit(1)),
      asCall('b'.repeat(32), () => group.submit(2)),
    ]);

    const [batch] = named('batch test');
    const waits = named('wait test');
    const [first, other] = ['a', 'b'].map((id) => waits.find((span) => span.spanContext().traceId === id.repeat(32)));
    expect(waits).toHaveLength(2);
    expect(batch?.parentSpanContext?.spanId).toBe(idOf(first));
    expect(batch?.attributes).toEqual({ 'tradewind.batch.job': 'test', 'tradewind.batch.size': 3 });
    expect(batch?.links.map((link) => link.context.spanId)).toEqual([idOf(other)]);
    expect(other?.links.map((link) => link.context.spanId)).toEqual([idOf(batch)]);
    expect(other?.attributes).toEqual({ 'tradewind.batch.job': 'test', 'tradewind.batch.size': 3 });
    expect(seen[0]).toContain(idOf(batch));
  });

  it('runs in no trace when no caller is recorded, whoever came first to an earlier batch', async () => {
    const seen: (string | undefined)[] = [];
    const group = createGroupCommit({
      job: 'test',
      flushers: 1,
      async run(items: readonly number[]) {
        seen.push(recordedTraceparent());
        await new Promise((resolve) => setImmediate(resolve));
        return items;
      },
    });
    const recorded = asCall('a'.repeat(32), () => group.submit(1));
    await new Promise((resolve) => setImmediate(resolve));
    const next = group.submit(2); // written by the flusher that the recorded call has woken
    await Promise.all([recorded, next]);

    expect(seen).toEqual([expect.stringContaining('a'.repeat(32)), undefined]);
    expect(named('batch test')).toHaveLength(1);
  });

  it('says what a batch failed with, and tries its items under spans of their own', async () => {
    const group = createGroupCommit({
      job: 'test',
      async run(items: readonly number[]) {
        if (items.includes(13)) throw new Error('no such luck');
        return items;
      },
    });
    const results = await Promise.allSettled([7, 13].map((item) => asCall('a'.repeat(32), () => group.submit(item))));

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(named('batch test').map(({ attributes }) => attributes['error.type'])).toEqual([
      'INTERNAL',
      undefined,
      'INTERNAL',
    ]);
    expect(named('wait test').map(({ status }) => status.code)).toEqual([0, 2]);
  });
});
