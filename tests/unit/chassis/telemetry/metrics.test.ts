import { describe, expect, it } from '@jest/globals';
import { Histogram, Registry } from 'prom-client';

import { createEmitter, type CallContext } from '../../../../src/chassis/core/index.ts';
import type { ServerCallEvents } from '../../../../src/chassis/middleware/server/index.ts';
import { createMetrics, measureServerCalls } from '../../../../src/chassis/telemetry/index.ts';

const GET = '/tradewind.user.v1.UserService/GetUser';

function measured() {
  const metrics = createMetrics({ process: 'user', instance: 'u-1' });
  const events = createEmitter<ServerCallEvents>();
  measureServerCalls(events, metrics);
  const call = { method: GET } as CallContext;
  return {
    metrics,
    start: () => events.emit('started', { call }),
    end: (status: 'OK' | 'INTERNAL', durationMs: number, transport: 'plain' | 'multiplexed' = 'plain') =>
      events.emit('ended', {
        ...{ call, span: undefined, isStream: false },
        status,
        durationMs,
        transport,
        error: undefined,
      }),
    lines: async (name: string) =>
      (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name)),
  };
}

/** Lines with their labels in alphabetical order: their order means nothing. */
function inOrder(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort().join(',')}}`));
}

describe('measureServerCalls', () => {
  it('prints what a histogram of prom-client prints for the same calls', async () => {
    const { metrics, start, end } = measured();
    const registry = new Registry();
    registry.setDefaultLabels({ process: 'user', instance: 'u-1' });
    const reference = new Histogram({
      name: 'tradewind_server_call_duration_seconds',
      help: 'Time from the start of a call to its answer, by what it answered.',
      labelNames: ['method', 'status'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
    for (const [status, ms] of [
      ['OK', 0.2],
      ['OK', 1],
      ['INTERNAL', 40],
      ['OK', 60_000],
      ['OK', 0],
    ] as const) {
      start();
      end(status, ms);
      reference.observe({ method: GET, status }, ms / 1_000);
    }

    const text = await metrics.registry.getSingleMetricAsString('tradewind_server_call_duration_seconds');

    expect(inOrder(text)).toEqual(inOrder((await registry.metrics()).trimEnd()));
  });

  it('shows the calls in flight', async () => {
    const { start, end, lines } = measured();
    start();
    start();
    end('OK', 1);

    expect(await lines('tradewind_server_calls_in_flight')).toEqual([expect.stringMatching(/ 1$/)]);
  });

  it('counts calls by transport, at each scrape anew', async () => {
    const { start, end, lines } = measured();
    for (const transport of ['plain', 'multiplexed', 'multiplexed'] as const) {
      start();
      end('OK', 1, transport);
    }

    await lines('tradewind_server_calls_total');
    expect(await lines('tradewind_server_calls_total')).toEqual([
      expect.stringMatching(/transport="plain".* 1$/),
      expect.stringMatching(/transport="multiplexed".* 2$/),
    ]);
  });
});
