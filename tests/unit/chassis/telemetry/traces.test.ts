import { describe, expect, it } from '@jest/globals';

import { systemRandom } from '../../../../src/chassis/core/index.ts';
import { createTraces } from '../../../../src/chassis/telemetry/index.ts';

const PATH = '/tradewind.user.v1.UserService/GetUser';
const NO_PARENT = { traceparent: undefined, tracestate: undefined };
/** Nobody listens there, and nothing is sent: no span of these tests ends. */
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
