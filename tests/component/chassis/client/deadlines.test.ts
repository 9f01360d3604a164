import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createClientFactory, type ChassisClient, type ClientFactory } from '../../../../src/chassis/client/index.ts';
import { backgroundCall, runInCall, systemClock } from '../../../../src/chassis/core/index.ts';
import { startEchoServer, type EchoServer } from '../../../support/echo-server.ts';
import { EchoServiceDefinition } from '../../../support/echo-service.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';

/** Never answers; tells when its signal fires. */
function silentServer(onAborted: () => void): Promise<EchoServer> {
  const never = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        onAborted();
        reject(signal.reason as Error);
      });
    });
  return startEchoServer('silent', {
    write: (_request, { signal }) => never(signal),
    async *count(_request, { signal }) {
      yield { locale: '', message: 'first' };
      await never(signal);
    },
  });
}

describe.each(TRANSPORTS)('the deadline of a call that is %s', (transport) => {
  let server: EchoServer;
  let factory: ClientFactory;
  let client: ChassisClient<typeof EchoServiceDefinition>;
  let aborted: number;

  beforeEach(async () => {
    aborted = 0;
    server = await silentServer(() => (aborted += 1));
    factory = createClientFactory({ from: 'test', transport, deadline: { defaultTimeoutMs: 300 } });
    client = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    await connected(factory, transport);
  });
  afterEach(async () => {
    await factory.close();
    await server.stop();
  });

  const remaining = (ms: number) => ({
    ...backgroundCall({ callId: 'c-1', job: '/test/Caller' }),
    deadlineMs: systemClock.monotonicMs() + ms,
  });

  it('ends a unary call after the default, here and at the server', async () => {
    const startedMs = systemClock.monotonicMs();
    await expect(client.write({ message: 'x' })).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
      reason: 'DEADLINE_EXCEEDED',
    });
    const tookMs = systemClock.monotonicMs() - startedMs;
    expect(tookMs).toBeGreaterThan(280);
    expect(tookMs).toBeLessThan(600);
    await eventually(() => expect(aborted).toBe(1));
    expect(server.calls.map((call) => call.transport)).toEqual([transport]);
  });

  it('ends a stream only where it asked for one', async () => {
    const read = async () => {
      for await (const _message of client.count({ message: 'x' }, { timeoutMs: 100 }));
    };
    await expect(read()).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    await eventually(() => expect(aborted).toBe(1));
  });

  it('is earlier than the deadline of the call it is made in', async () => {
    const startedMs = systemClock.monotonicMs();
    await runInCall(remaining(120), () =>
      expect(client.write({ message: 'x' }, { timeoutMs: 5_000 })).rejects.toMatchObject({
        status: 'DEADLINE_EXCEEDED',
      }),
    );
    expect(systemClock.monotonicMs() - startedMs).toBeLessThan(1_000);
  });

  it('sends nothing when it has passed already', async () => {
    await client.read({ message: 'warm' });
    const callsBefore = server.calls.length;
    await runInCall(remaining(5), () =>
      expect(client.write({ message: 'x' })).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' }),
    );
    expect(server.calls).toHaveLength(callsBefore);
  });
});

describe.each(TRANSPORTS)('the signal of a call that is %s', (transport) => {
  it('cancels the handler and ends the call with CANCELLED, the abort its cause', async () => {
    let aborted = false;
    await using server = await silentServer(() => (aborted = true));
    await using factory = createClientFactory({ from: 'test', transport });
    const client = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    await connected(factory, transport);
    const controller = new AbortController();
    const call = client.write({ message: 'x' }, { signal: controller.signal });
    const cancelled = expect(call).rejects.toMatchObject({ status: 'CANCELLED', cause: { name: 'AbortError' } });
    await eventually(() => expect(server.calls).toHaveLength(1));
    controller.abort();
    await cancelled;
    await eventually(() => expect(aborted).toBe(true));
  });

  it("is the incoming call's too: what it causes ends with it", async () => {
    await using server = await silentServer(() => undefined);
    await using factory = createClientFactory({ from: 'test', transport });
    const client = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    await connected(factory, transport);
    const controller = new AbortController();
    const incoming = backgroundCall({ callId: 'c-1', job: 'job', signal: controller.signal });
    const call = runInCall(incoming, () => client.write({ message: 'x' }));
    const cancelled = expect(call).rejects.toMatchObject({ status: 'CANCELLED' });
    await eventually(() => expect(server.calls).toHaveLength(1));
    controller.abort();
    await cancelled;
  });

  it('of a stream ends the handler when the reader leaves early', async () => {
    let aborted = false;
    await using server = await silentServer(() => (aborted = true));
    await using factory = createClientFactory({ from: 'test', transport });
    const client = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    for await (const _message of client.count({ message: 'x' })) break;
    await eventually(() => expect(aborted).toBe(true));
    expect(factory.status()[0]?.endpoints[0]?.inFlight).toBe(0);
  });
});
