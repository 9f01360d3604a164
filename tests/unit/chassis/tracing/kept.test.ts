import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from '@jest/globals';

import { backgroundCall, createEmitter, systemRandom, type StatusName } from '../../../../src/chassis/core/index.ts';
import type { ServerCallEvents } from '../../../../src/chassis/middleware/server/index.ts';
import { keepServerCalls } from '../../../../src/chassis/telemetry/index.ts';
import {
  createCallTracer,
  createSampling,
  type KeptSpan,
  type TracedCall,
} from '../../../../src/chassis/tracing/index.ts';

const PATH = '/tradewind.user.v1.UserService/GetUser';
const PARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
const SLOW_MS = 100;

/** Attempts and served calls of a process that records nothing and keeps what is slow or failed. */
function keeping() {
  const kept: KeptSpan[] = [];
  let nowMs = 0;
  const sampling = createSampling({ rootRatio: 0, slowMs: SLOW_MS });
  const spans = { keep: (span: KeptSpan) => void kept.push(span) };
  const clock = { monotonicMs: () => nowMs };
  const tracer = createCallTracer({
    ...{ tracer: trace.getTracer('none'), random: systemRandom, sampling },
    watch: { spans, sampling, clock },
  });
  const events = createEmitter<ServerCallEvents>();
  keepServerCalls(events, { kept: spans, sampling });
  const call = (more: Partial<TracedCall> = {}): TracedCall => ({
    ...{ target: 'etcd:///user', method: PATH, attempts: 1, traceContext: ROOT_CONTEXT, startedAtMs: nowMs },
    incoming: { ...backgroundCall({ callId: 'c', job: 'j' }), trace: { traceparent: PARENT, tracestate: undefined } },
    ...more,
  });
  return {
    kept,
    sampling,
    /** Makes an attempt that ends after so long. */
    attempt(code: number, tookMs: number, more?: Partial<TracedCall>) {
      const attempt = tracer.client(call(more));
      nowMs += tookMs;
      attempt.end(code, { peer: '127.0.0.1:1', transport: 'plain', message: 'm' });
      return attempt;
    },
    serve(
      status: StatusName,
      durationMs: number,
      { traceparent, isStream = false }: { traceparent?: string; isStream?: boolean } = {},
    ) {
      const span = tracer.server(PATH, { traceparent, tracestate: undefined });
      const served = { ...backgroundCall({ callId: 'c', job: PATH }), facts: { orderId: 'o-1' } };
      events.emit('ended', { call: served, span, isStream, status, durationMs, transport: 'plain', error: undefined });
      return span;
    },
  };
}

describe('the tail rule', () => {
  it.each([
    ['fine and quick', 0, SLOW_MS, 0],
    ['refused', 5, 1, 0],
    ['cancelled', 1, 1, 0],
    ['failed by its server', 14, 1, 1],
    ['slow', 0, SLOW_MS + 1, 1],
  ])('keeps of an attempt that is %s as many spans as it deserves', (_, code, tookMs, count) => {
    const { kept, attempt } = keeping();
    attempt(code, tookMs);

    expect(kept).toHaveLength(count);
  });

  it('hangs an attempt below the ids it passes on, with all that a recorded one says', () => {
    const { kept, attempt } = keeping();
    expect(attempt(14, 30).traceparent).toBe(PARENT);

    expect(kept).toEqual([
      expect.objectContaining({
        name: PATH.slice(1),
        traceparent: PARENT,
        isOwn: false,
        durationMs: 30,
        attributes: expect.objectContaining({
          'rpc.grpc.status_code': 14,
          'network.peer.address': '127.0.0.1:1',
          'tradewind.transport': 'plain',
          'tradewind.attempt': 1,
        }),
        status: { code: 2, message: 'm' },
      }),
    ]);
  });

  it('keeps an attempt that begins a trace under the ids that the server got', () => {
    const { kept, attempt } = keeping();
    const { traceparent } = attempt(14, 1, { incoming: undefined });

    expect(kept).toEqual([expect.objectContaining({ traceparent, isOwn: true })]);
  });

  it('times each attempt by itself, and never takes a stream for slow', () => {
    const { kept, attempt } = keeping();
    attempt(0, SLOW_MS * 5, { isStream: true });
    attempt(0, SLOW_MS / 2, { attempts: 2, startedAtMs: -SLOW_MS * 5 });

    expect(kept).toEqual([]);
  });

  it('keeps served calls that failed by our fault or were slow, and no stream for its length', () => {
    const { kept, serve } = keeping();
    serve('OK', SLOW_MS);
    serve('NOT_FOUND', 1);
    serve('OK', SLOW_MS * 2, { isStream: true });
    expect(kept).toEqual([]);

    serve('INTERNAL', 1, { traceparent: PARENT });
    const { traceparent } = serve('OK', SLOW_MS + 1);
    expect(kept).toEqual([
      expect.objectContaining({ traceparent: PARENT, isOwn: false, status: { code: 2, message: 'INTERNAL' } }),
      expect.objectContaining({ traceparent, isOwn: true, status: { code: 0 } }),
    ]);
    expect(kept[0]?.attributes).toMatchObject({ 'rpc.grpc.status_code': 13, 'tradewind.orderId': 'o-1' });
  });

  it('goes by the rule that is in force when a call ends', () => {
    const { kept, sampling, attempt, serve } = keeping();
    sampling.change({ slowMs: 10 });
    attempt(0, 11);
    serve('OK', 11);

    expect(kept).toHaveLength(2);
  });
});
