import { describe, expect, it } from '@jest/globals';
import { Counter } from 'prom-client';

import { createEmitter, type CallContext } from '../../../../src/chassis/core/index.ts';
import type { ServerCallEvents } from '../../../../src/chassis/middleware/server/index.ts';
import { createMetrics, measureServerCalls, printMetrics } from '../../../../src/chassis/telemetry/index.ts';
import type { ServerTrace } from '../../../../src/chassis/tracing/index.ts';

const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const span = {
  traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`,
  ...{ tracestate: undefined, isRoot: false, isRecording: true },
  within: (work) => work(),
  end: () => undefined,
} satisfies ServerTrace;

/** What a process prints that has served one recorded call and one that was not. */
async function printed(accept: string | undefined) {
  const metrics = createMetrics({ process: 'user', instance: 'u-1' }, { now: () => 1_700_000_000_500 });
  const events = createEmitter<ServerCallEvents>();
  measureServerCalls(events, metrics);
  const call = { method: '/a.B/C', caller: 'order' } as CallContext;
  const ended = { call, isStream: false, status: 'OK', transport: 'plain', error: undefined } as const;
  events.emit('ended', { ...ended, span, durationMs: 40 });
  events.emit('ended', { ...ended, span: { ...span, isRecording: false }, durationMs: 400 });
  const odd = new Counter({ name: 'odd_total', help: 'a "b"\n\\c', labelNames: ['l'], registers: [metrics.registry] });
  odd.inc({ l: 'x"\\\ny' });
  const { type, body } = await printMetrics(metrics.registry, accept);
  return { type, lines: body.split('\n') };
}

const bucket = (le: string) => (line: string) =>
  line.includes('call_duration_seconds_bucket') && line.includes(`le="${le}"`);

describe('printMetrics', () => {
  it('gives a scraper that asks for OpenMetrics an example of each bucket that has one', async () => {
    const { type, lines } = await printed(OPEN_METRICS);

    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(lines.find(bucket('0.05'))).toMatch(
      new RegExp(` 1 # \\{trace_id="${TRACE_ID}",span_id="b7ad6b7169203331"\\} 0.04 1700000000.5$`),
    );
    expect(lines.find(bucket('0.5'))).toMatch(/ 2$/); // that call's trace was not recorded
    expect(lines.find(bucket('+Inf'))).toContain('caller="order"');
  });

  it('writes OpenMetrics as its specification asks: counters, escapes, the end', async () => {
    const { lines } = await printed(OPEN_METRICS);

    expect(lines.slice(-2)).toEqual(['# EOF', '']);
    expect(lines).toContain('# TYPE odd counter');
    expect(lines).toContain('# HELP odd a \\"b\\"\\n\\\\c');
    expect(lines).toContain('odd_total{l="x\\"\\\\\\ny",process="user",instance="u-1"} 1');
    const sample = /^[a-z_:][\w:]*(\{.*\})? (NaN|[+-]?Inf|-?[\d.]+(e[+-]?\d+)?)( # \{.*\} [\d.]+ [\d.]+)?$/;
    for (const line of lines.slice(0, -2).filter((text) => !text.startsWith('#'))) expect(line).toMatch(sample);
  });

  it.each([undefined, '*/*', 'text/plain'])(
    'gives everybody else the text format without examples (%s)',
    async (accept) => {
      const { type, lines } = await printed(accept);

      expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(lines).toContain('# TYPE odd_total counter');
      expect(lines.some((line) => line.includes('trace_id'))).toBe(false);
    },
  );

  it('does not change what the other format prints', async () => {
    const metrics = createMetrics({ process: 'user', instance: 'u-1' });
    await printMetrics(metrics.registry, OPEN_METRICS);

    expect((await printMetrics(metrics.registry, undefined)).body).toContain(
      '# TYPE process_cpu_user_seconds_total counter',
    );
  });
});
