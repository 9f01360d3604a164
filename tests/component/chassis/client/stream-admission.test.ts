import { describe, expect, it } from '@jest/globals';
import { ServerError, Status } from 'nice-grpc';

import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import type { GivenServiceConfig } from '../../../../src/chassis/service-config/index.ts';
import { startEchoServer } from '../../../support/echo-server.ts';
import { EchoServiceDefinition, type EchoImplementation } from '../../../support/echo-service.ts';
import { eventually } from '../../../support/eventually.ts';

async function connect(serviceConfig: GivenServiceConfig, overrides: Partial<EchoImplementation> = {}) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startEchoServer('one', overrides));
  const factory = stack.use(createClientFactory({ from: 'test', serviceConfig }));
  const client = factory.client(EchoServiceDefinition, `static:///${server.address}`);
  const read = async (message: string) => {
    const answers: string[] = [];
    for await (const answer of client.count({ message })) answers.push(answer.message);
    return answers;
  };
  return { server, factory, client, read, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('the admission of streams', () => {
  const breaker = { kind: 'classic', trip: { kind: 'streak', failures: 3 }, openMs: 60_000 } as const;

  it('refuses streams of a method that fails, and of no other', async () => {
    await using made = await connect(
      { breaker, ejection: false },
      {
        async *count() {
          throw new ServerError(Status.UNAVAILABLE, 'down');
        },
      },
    );
    const { server, client, read, factory } = made;
    for (let n = 0; n < 3; n++) await expect(read('3')).rejects.toMatchObject({ message: 'down' });
    await expect(read('3')).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'CIRCUIT_OPEN' });
    expect(server.calls).toHaveLength(3);
    async function* requests() {
      yield { locale: '', message: 'x' };
    }
    expect((await client.collect(requests())).message).toBe('x');
    const states = factory.status()[0]?.breakers.map(({ method, state }) => [method.split('/')[2], state.kind]);
    expect(Object.fromEntries(states ?? [])).toMatchObject({ Count: 'open', Collect: 'closed', Read: 'closed' });
  });

  it('takes a stream that has begun to answer for a success, however it ends', async () => {
    await using made = await connect(
      { breaker, ejection: false },
      {
        async *count() {
          yield { locale: '', message: '1' };
          throw new ServerError(Status.UNAVAILABLE, 'restarting');
        },
      },
    );
    for (let n = 0; n < 10; n++) await expect(made.read('9')).rejects.toMatchObject({ message: 'restarting' });
  });

  it('keeps a place for as long as a stream is open, and gives it back however it is left', async () => {
    await using made = await connect({ bulkhead: { maxConcurrent: 2, maxQueued: 0 } });
    const { client, read, factory } = made;
    const inside = () => factory.status()[0]?.bulkhead?.inside;
    const left = client.count({ message: '1000' })[Symbol.asyncIterator]();
    const aborted = new AbortController();
    const cancelled = client.count({ message: '1000' }, { signal: aborted.signal })[Symbol.asyncIterator]();
    await left.next();
    await cancelled.next();
    expect(inside()).toBe(2);
    await expect(read('1')).rejects.toMatchObject({ reason: 'BULKHEAD_FULL' });
    await expect(client.read({ message: 'x' })).rejects.toMatchObject({ reason: 'BULKHEAD_FULL' });
    await left.return?.();
    aborted.abort();
    const drain = async () => {
      while ((await cancelled.next()).done !== true);
    };
    await expect(drain()).rejects.toMatchObject({ status: 'CANCELLED' });
    await eventually(() => expect(inside()).toBe(0));
    expect(await read('2')).toEqual(['1', '2']);
  });

  it('bounds a stream by the time that the service config has for its very method', async () => {
    const path = `/${EchoServiceDefinition.fullName}/Count`;
    await using made = await connect(
      { timeouts: { callMs: 1, methods: { [path]: { callMs: 100 } } } },
      {
        async *count(_request, { signal }) {
          yield { locale: '', message: '1' };
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      },
    );
    await expect(made.read('1')).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
  });
});
