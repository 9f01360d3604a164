import { BasicTracerProvider, AlwaysOffSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace-base';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';

import { AppError, type ErrorStatus } from '../../../src/chassis/core/index.ts';
import { createSampling, type KeptSpan } from '../../../src/chassis/tracing/index.ts';
import { withinSpan } from '../../../src/gateway/http-tracing.ts';

const TRACE_ID = 'a'.repeat(32);
const SPAN_ID = 'b'.repeat(16);

/** Serves a request of a trace that is not recorded, and gives what was kept of it. */
async function kept(options: { status?: ErrorStatus; tookMs?: number; traceparent?: string; isSent?: boolean }) {
  const { status, tookMs = 1, traceparent, isSent = true } = options;
  const spans: KeptSpan[] = [];
  let nowMs = 0;
  const sampler = new ParentBasedSampler({ root: new AlwaysOffSampler() });
  const request = { method: 'POST', url: '/v1/orders?secret=1', headers: { traceparent } };
  await withinSpan(
    {
      tracer: new BasicTracerProvider({ sampler }).getTracer('test'),
      propagator: new W3CTraceContextPropagator(),
      sampling: createSampling({ slowMs: 100 }),
      kept: isSent ? { keep: (span) => void spans.push(span) } : undefined,
      clock: { monotonicMs: () => nowMs },
    },
    request as unknown as FastifyRequest, // it reads nothing else of one
    async () => {
      nowMs += tookMs;
      if (status !== undefined) throw new AppError({ status, reason: 'R', message: 'm' });
    },
  ).catch(() => undefined);
  return spans;
}

describe('withinSpan', () => {
  it('keeps a request that is not recorded when it is our fault, below its caller', async () => {
    expect(await kept({ status: 'UNAVAILABLE', traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` })).toEqual([
      expect.objectContaining({
        name: 'HTTP POST',
        traceparent: expect.stringMatching(new RegExp(`^00-${TRACE_ID}-(?!${SPAN_ID})[\\da-f]{16}-00$`)),
        ...{ isOwn: true, parentId: SPAN_ID, durationMs: 1, status: { code: 2, message: 'm' } },
        attributes: {
          'http.request.method': 'POST',
          'url.path': '/v1/orders',
          'http.response.status_code': 503,
          'error.type': 'R',
        },
      }),
    ]);
  });

  it('keeps a slow one, a root where nobody called in a trace', async () => {
    expect(await kept({ tookMs: 101 })).toEqual([
      expect.objectContaining({ isOwn: true, parentId: undefined, durationMs: 101, status: { code: 0 } }),
    ]);
  });

  it('keeps nothing of the rest, and nothing where there is nowhere to send it', async () => {
    expect(await kept({})).toEqual([]);
    expect(await kept({ status: 'NOT_FOUND' })).toEqual([]);
    expect(await kept({ status: 'INTERNAL', isSent: false })).toEqual([]);
  });
});
