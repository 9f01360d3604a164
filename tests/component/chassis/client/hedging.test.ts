import { describe, expect, it } from '@jest/globals';

import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import { HEADERS } from '../../../../src/chassis/core/index.ts';
import { startEchoServer, type EchoCall } from '../../../support/echo-server.ts';
import { EchoServiceDefinition } from '../../../support/echo-service.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';

describe.each(TRANSPORTS)('hedged calls that are %s', (transport) => {
  it('are answered by the other server when one hangs, and the one that hangs is told to stop', async () => {
    let isHanging = false;
    let stopped = 0;
    const never = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          stopped += 1;
          reject(signal.reason as Error);
        });
      });
    await using slow = await startEchoServer('slow', {
      read: async ({ message = '' }, { signal }) => (isHanging ? never(signal) : { locale: 'slow', message }),
    });
    await using quick = await startEchoServer('quick');
    await using factory = createClientFactory({
      from: 'test',
      transport,
      serviceConfig: { hedging: { minimumSamples: 64, minimumDelayMs: 20 } },
    });
    const told: string[] = [];
    for (const name of ['hedged', 'hedgeWon'] as const) factory.events.on(name, () => void told.push(name));
    const client = factory.client(EchoServiceDefinition, `static:///${slow.address},${quick.address}`);
    await connected(factory, transport, 2);
    for (let n = 0; n < 64; n++) await client.read({ message: 'x' });
    told.length = 0;
    slow.calls.length = 0;
    quick.calls.length = 0;

    isHanging = true;
    const answers: string[] = [];
    for (let n = 0; n < 20; n++) answers.push((await client.read({ message: 'x' })).locale);
    expect(new Set(answers)).toEqual(new Set(['quick']));
    // A busy machine makes the quick one slow now and then, whose calls are then hedged in vain.
    const isHedge = ({ metadata }: EchoCall) => metadata.get(HEADERS.retry) === '1';
    const rescued = slow.calls.filter((call) => !isHedge(call)).length;
    expect(rescued).toBeGreaterThanOrEqual(8);
    expect(told.filter((name) => name === 'hedgeWon')).toHaveLength(rescued);
    expect(quick.calls.filter(isHedge)).toHaveLength(rescued);
    await eventually(() => expect(stopped).toBe(slow.calls.length));
    expect(factory.status()[0]?.endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });
});
