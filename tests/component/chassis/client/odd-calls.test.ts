import { afterEach, describe, expect, it } from '@jest/globals';
import { Metadata, ServerError, Status } from 'nice-grpc';

import { createClientFactory, type ClientFactoryOptions } from '../../../../src/chassis/client/index.ts';
import { backgroundCall, currentCall, runInCall, type AppError } from '../../../../src/chassis/core/index.ts';
import { startEchoServer } from '../../../support/echo-server.ts';
import { EchoServiceDefinition, type EchoImplementation } from '../../../support/echo-service.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';

describe.each(TRANSPORTS)('an odd %s call', (transport) => {
  let stack = new AsyncDisposableStack();
  afterEach(async () => {
    await stack.disposeAsync();
    stack = new AsyncDisposableStack();
  });
  const setUp = async (handlers: Partial<EchoImplementation> = {}, options: Partial<ClientFactoryOptions> = {}) => {
    const server = await startEchoServer('one', handlers);
    stack.defer(() => server.stop());
    const factory = stack.use(createClientFactory({ from: 'test', transport, drainTimeoutMs: 50, ...options }));
    const echo = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    await connected(factory, transport);
    return { echo, factory };
  };
  const outcome = (call: Promise<unknown>) =>
    call.then(
      () => 'OK',
      (error: AppError) => error.status,
    );

  it.each(['No connection established. Last error: x', 'Stream refused by server'])(
    'is not sent again because its handler says: %s',
    async (message) => {
      let seen = 0;
      const { echo } = await setUp({
        async write() {
          seen += 1;
          throw new ServerError(Status.UNAVAILABLE, message); // what a call of its own failed with, passed on
        },
      });
      expect(await outcome(echo.write({ message: 'once' }))).toBe('UNAVAILABLE');
      expect(seen).toBe(1);
    },
  );

  it("hears header and trailer in its caller's own context", async () => {
    const { echo } = await setUp({
      async write(request, context) {
        context.header.set('x', 'y');
        return { locale: '', message: request.message };
      },
    });
    const heard: (string | undefined)[] = [];
    const hear = () => void heard.push(currentCall()?.callId);
    const write = (callId: string) =>
      runInCall(backgroundCall({ callId, job: 'test' }), () =>
        echo.write({ message: callId }, { onHeader: hear, onTrailer: hear }),
      );
    await Promise.all([write('one'), write('two')]);
    expect(heard.sort()).toEqual(['one', 'one', 'two', 'two']);
  });

  it('ends when the balancing policy throws at its end, and so does the call beside it', async () => {
    let failing = true;
    const { echo } = await setUp(
      {},
      {
        policy: () => ({
          name: 'odd',
          createPicker: ([ready]) => ({
            pick: () => ({
              kind: 'picked',
              subchannel: ready!.subchannel,
              onEnd() {
                if (failing) throw new Error('odd');
              },
            }),
          }),
        }),
      },
    );
    expect(await outcome(echo.write({ message: 'x' }, { timeoutMs: 2_000 }))).toBe('INTERNAL');
    failing = false;
    expect(await outcome(echo.write({ message: 'x' }))).toBe('OK');
  });

  it('fails alone when its time-out is no number', async () => {
    const { echo, factory } = await setUp();
    const [odd, beside] = await Promise.all([
      outcome(echo.write({ message: 'x' }, { timeoutMs: NaN })),
      outcome(echo.write({ message: 'y' })),
    ]);
    expect([odd, beside]).toEqual(['DEADLINE_EXCEEDED', 'OK']);
    expect(await outcome(echo.write({ message: 'z' }))).toBe('OK');
    expect(factory.status()[0]?.endpoints[0]?.inFlight).toBe(0);
  });

  it.each([
    ['is larger than a peer takes', Metadata({ big: 'x'.repeat(300_000) })],
    ['has a name that HTTP/2 keeps for itself', Metadata({ connection: 'close' })],
  ])('fails alone when its metadata %s', async (_what, metadata) => {
    const slow = Promise.withResolvers<void>();
    const { echo } = await setUp({
      async read(request) {
        await slow.promise;
        return { locale: '', message: request.message };
      },
    });
    const beside = outcome(echo.read({ message: 'y' }, { retry: false }));
    expect(await outcome(echo.write({ message: 'x' }, { metadata, timeoutMs: 2_000 }))).not.toBe('DEADLINE_EXCEEDED');
    slow.resolve();
    expect(await beside).toBe('OK');
  });

  it('ends when it is cancelled in the moment that somebody to send it to appears', async () => {
    const server = await startEchoServer('one', { write: () => new Promise(() => undefined) });
    stack.defer(() => server.stop());
    const factory = stack.use(createClientFactory({ from: 'test', transport, drainTimeoutMs: 50 }));
    const echo = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    const controller = new AbortController();
    const call = outcome(echo.write({ message: 'x' }, { signal: controller.signal, timeoutMs: Infinity }));
    factory.events.on('picker', ({ ready }) => {
      // Behind the call, which has heard of the picker then and has not asked it yet.
      if (ready > 0) queueMicrotask(() => controller.abort());
    });
    expect(await Promise.race([call, eventuallyTimedOut()])).toBe('CANCELLED');
  });
});

function eventuallyTimedOut(): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('still open'), 3_000).unref());
}

describe('ClientFactory.close', () => {
  it('leaves their deadlines to calls that wait for a token', async () => {
    await using server = await startEchoServer('one');
    const factory = createClientFactory({ from: 'test' });
    const echo = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    const call = echo.read({ message: 'x' }, { token: () => new Promise(() => undefined), timeoutMs: 100 });
    let status: string | undefined;
    call.catch((error: AppError) => (status = error.status));
    await factory.close();
    await eventually(() => expect(status).toBe('DEADLINE_EXCEEDED'));
  });

  it('ends although somebody has a stream open and reads it no more', async () => {
    const server = await startEchoServer('one', {
      async *count() {
        yield { locale: '', message: 'x' };
        yield { locale: '', message: 'y' };
        await new Promise(() => undefined);
      },
    });
    const factory = createClientFactory({ from: 'test', drainTimeoutMs: 50 });
    const echo = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    const reader = echo.count({ message: '1' })[Symbol.asyncIterator]();
    await reader.next();
    let isClosed = false;
    void factory.close().then(() => (isClosed = true));
    try {
      await eventually(() => expect(isClosed).toBe(true));
    } finally {
      await reader.return?.().catch(() => undefined);
      await server.stop();
    }
  });
});
