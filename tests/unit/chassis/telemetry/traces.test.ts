import { describe, expect, it } from '@jest/globals';

import { systemRandom } from '../../../../src/chassis/core/index.ts';
import { EXPORT_LIMITS, createTraces } from '../../../../src/chassis/telemetry/index.ts';
import { eventually } from '../../../support/eventually.ts';

const PATH = '/tradewind.user.v1.UserService/GetUser';
const NO_PARENT = { traceparent: undefined, tracestate: undefined };
/** Nobody listens there. */
const endpoint = 'http://127.0.0.1:1';

async function traces(options: { endpoint?: string; rootRatio?: number }, ...chances: number[]) {
  const random = { ...systemRandom, next: () => chances.shift() ?? 0.999 };
  return createTraces({
    ...{ process: 'user', instance: 'u-1', version: 'v', endpoint: options.endpoint },
    sampling: options.rootRatio === undefined ? {} : { rootRatio: options.rootRatio },
    random,
  });
}

describe('createTraces', () => {
  it('records every trace that begins here when it is not told a share', async () => {
    const { calls, tracer, close } = await traces({ endpoint });

    expect(calls.server(PATH, NO_PARENT).isRecording).toBe(true);
    expect(tracer.startSpan('HTTP GET').isRecording()).toBe(true);
    await close();
  });

  it('asks chance once for each trace, whoever begins it', async () => {
    const { calls, tracer, close } = await traces({ endpoint, rootRatio: 0.5 }, 0.4, 0.6, 0.4, 0.6);

    expect(calls.server(PATH, NO_PARENT).isRecording).toBe(true);
    expect(calls.server(PATH, NO_PARENT).isRecording).toBe(false);
    expect(tracer.startSpan('HTTP GET').isRecording()).toBe(true);
    expect(tracer.startSpan('HTTP GET').isRecording()).toBe(false);
    await close();
  });

  it('records nothing of its own without somewhere to send it, but passes ids on', async () => {
    const { calls, tracer, close } = await traces({ rootRatio: 1 });

    expect(calls.server(PATH, NO_PARENT).isRecording).toBe(false);
    expect(calls.server(PATH, NO_PARENT).traceparent).toMatch(/-00$/);
    expect(tracer.startSpan('HTTP GET').isRecording()).toBe(false);
    await close();
  });
});

describe('createTraces without its collector', () => {
  it('keeps no more spans than its limits say, and tells of those that are lost', async () => {
    const { maxQueueSize, maxExportBatchSize } = EXPORT_LIMITS;
    const lost: number[] = [];
    const { tracer, close } = await createTraces({
      ...{ process: 'user', instance: 'u-1', version: 'v', endpoint },
      onExport: ({ spans, error }) => {
        if (error !== undefined) lost.push(spans);
      },
    });
    for (let n = 0; n < 10 * maxQueueSize; n += 1) tracer.startSpan(`span ${n}`).end();

    await expect(close()).rejects.toThrow('UNAVAILABLE'); // it says so itself; the lifecycle logs it
    const tried = maxQueueSize + maxExportBatchSize; // those on their way, and those in line behind them
    await eventually(() => expect(lost.reduce((sum, spans) => sum + spans, 0)).toBe(tried), { timeoutMs: 15_000 });
  }, 30_000);
});
