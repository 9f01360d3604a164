import { trace } from '@opentelemetry/api';
import { describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { currentCall } from '../../../../src/chassis/core/index.ts';
import { createTraces } from '../../../../src/chassis/telemetry/index.ts';
import { collect, serve } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

describe('createServer', () => {
  it("runs each call in a span of the caller's trace, streams too, without an exporter", async () => {
    const traces = await createTraces({ process: 'user', instance: 'u', version: 'v', endpoint: undefined });
    const spans: { traceId: string | undefined; isChild: boolean }[] = [];
    const note = () => {
      const span = trace.getActiveSpan()?.spanContext();
      const [, traceId] = currentCall()?.trace?.traceparent.split('-') ?? [];
      spans.push({ traceId: span?.traceId ?? traceId, isChild: span !== undefined && span.spanId !== PARENT });
    };
    await using serving = await serve(
      {
        user: {
          async getUser() {
            note();
            return {};
          },
          async *exportUsers() {
            for (let n = 0; n < 3; n += 1) {
              note();
              yield {};
              await new Promise((resolve) => setImmediate(resolve));
            }
          },
        },
      },
      { tracing: traces.calls },
    );
    const metadata = Metadata({ traceparent: `00-${TRACE_ID}-${PARENT}-01` });

    await serving.users.getUser({ userId: ID }, { metadata });
    await collect(serving.users.exportUsers({}, { metadata }));
    await serving.users.getUser({ userId: ID });
    await traces.close();

    const inherited = { traceId: TRACE_ID, isChild: true };
    expect(spans.slice(0, 4)).toEqual([inherited, inherited, inherited, inherited]);
    expect(spans[4]?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spans[4]?.traceId).not.toBe(TRACE_ID);
  });
});
