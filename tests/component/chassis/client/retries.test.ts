import { afterEach, describe, expect, it } from '@jest/globals';
import { Metadata, ServerError, Status, type CallContext } from 'nice-grpc';

import { createClientFactory, pages, type ClientFactory } from '../../../../src/chassis/client/index.ts';
import { AppError, HEADERS, backgroundCall, runInCall } from '../../../../src/chassis/core/index.ts';
import { toStatusDetails } from '../../../../src/chassis/errors/index.ts';
import { startEchoServer, type EchoServer } from '../../../support/echo-server.ts';
import { EchoServiceDefinition } from '../../../support/echo-service.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';

describe.each(TRANSPORTS)('retries of calls that are %s', (transport) => {
  let factory: ClientFactory;
  let server: EchoServer;
  afterEach(async () => {
    await factory.close();
    await server.stop();
  });

  /** Both unary methods fail with the status until `failures` calls were made. */
  const connect = async (failures: number, status: Status, trailer: Record<string, string> = {}) => {
    let made = 0;
    const answer = async (request: { message: string }, context: CallContext) => {
      made += 1;
      if (made > failures) return { locale: 'one', message: request.message };
      for (const [name, value] of Object.entries(trailer)) context.trailer.set(name, value);
      throw new ServerError(status, 'not now');
    };
    server = await startEchoServer('one', { read: answer, write: answer });
    factory = createClientFactory({ from: 'test', transport, retry: { backoff: { baseMs: 1, maxMs: 1 } } });
    const client = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    await connected(factory, transport);
    return client;
  };

  it('repeat an idempotent call that found its server unavailable, and mark the repetition', async () => {
    const client = await connect(2, Status.UNAVAILABLE);
    expect((await client.read({ message: 'x' })).message).toBe('x');
    expect(server.calls.map((call) => call.metadata.get(HEADERS.retry))).toEqual([undefined, '1', '1']);
    expect(new Set(server.calls.map((call) => call.transport))).toEqual(new Set([transport]));
    expect(new Set(server.calls.map((call) => call.metadata.get(HEADERS.callId))).size).toBe(1);
  });

  it('stop after three attempts', async () => {
    const client = await connect(9, Status.UNAVAILABLE);
    await expect(client.read({ message: 'x' })).rejects.toMatchObject({ status: 'UNAVAILABLE', message: 'not now' });
    expect(server.calls).toHaveLength(3);
  });

  it('never repeat a call that is not idempotent once it was sent', async () => {
    const client = await connect(1, Status.UNAVAILABLE);
    await expect(client.write({ message: 'x' })).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect(server.calls).toHaveLength(1);
  });

  it.each([Status.INTERNAL, Status.UNKNOWN, Status.INVALID_ARGUMENT, Status.ABORTED, Status.RESOURCE_EXHAUSTED])(
    'never repeat a call that was answered with status %s',
    async (status) => {
      const client = await connect(1, status);
      await expect(client.read({ message: 'x' })).rejects.toBeInstanceOf(AppError);
      expect(server.calls).toHaveLength(1);
    },
  );

  it('stop where the caller is itself a retry, or asks for none', async () => {
    const client = await connect(9, Status.UNAVAILABLE);
    const incoming = { ...backgroundCall({ callId: 'c-1', job: 'job' }), isRetry: true };
    await runInCall(incoming, () => expect(client.read({ message: 'x' })).rejects.toThrow());
    expect(server.calls.map((call) => call.metadata.get(HEADERS.retry))).toEqual(['1']);
    await expect(client.read({ message: 'x' }, { retry: false })).rejects.toThrow();
    expect(server.calls).toHaveLength(2);
  });

  it('obey the server that says: do not come back', async () => {
    const client = await connect(1, Status.UNAVAILABLE, { [HEADERS.retryPushback]: '-1' });
    await expect(client.read({ message: 'x' })).rejects.toThrow();
    expect(server.calls).toHaveLength(1);
  });
});

describe.each(TRANSPORTS)('errors of calls that are %s', (transport) => {
  it('bring the reason, domain, metadata and details the server sent', async () => {
    const error = new AppError({
      status: 'FAILED_PRECONDITION',
      reason: 'OUT_OF_STOCK',
      message: 'only 3 left',
      metadata: { available: '3' },
      details: [{ kind: 'preconditionFailure', violations: [{ type: 'STOCK', subject: 'p-1', description: 'short' }] }],
    });
    const fail = (context: CallContext): never => {
      context.trailer.set(HEADERS.statusDetails, toStatusDetails(error, 'product.tradewind'));
      throw new ServerError(error.code, error.message);
    };
    await using server = await startEchoServer('one', {
      write: async (_request, context) => fail(context),
      async *count(_request, context) {
        yield { locale: '', message: '1' };
        fail(context);
      },
    });
    await using factory = createClientFactory({ from: 'test', transport });
    const client = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    await connected(factory, transport);
    const expected = {
      name: 'AppError',
      status: 'FAILED_PRECONDITION',
      reason: 'OUT_OF_STOCK',
      domain: 'product.tradewind',
      message: 'only 3 left',
      metadata: { available: '3' },
      details: error.details,
    };
    await expect(client.write({ message: 'x' })).rejects.toMatchObject(expected);
    const read = async () => {
      for await (const _message of client.count({ message: 'x' }));
    };
    await expect(read()).rejects.toMatchObject(expected);
  });
});

describe.each(TRANSPORTS)('the context of calls that are %s', (transport) => {
  it('travels: call id, token, and what the caller adds', async () => {
    await using server = await startEchoServer('one');
    await using factory = createClientFactory({ from: 'test', transport });
    const client = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    await connected(factory, transport);
    const incoming = { ...backgroundCall({ callId: 'call-7', job: 'job' }), authorization: 'Bearer t' };
    const metadata = Metadata({ 'x-mine': 'yes' });
    await runInCall(incoming, () => client.read({ message: 'x' }, { metadata }));
    const seen = server.calls[0]?.metadata;
    expect(seen?.get(HEADERS.callId)).toBe('call-7');
    expect(seen?.get(HEADERS.authorization)).toBe('Bearer t');
    expect(seen?.get('x-mine')).toBe('yes');
    expect(server.calls[0]?.transport).toBe(transport);
    if (transport === 'plain') expect(seen?.get('user-agent')).toContain('tradewind/test');
    expect([...metadata].map(([name]) => name)).toEqual(['x-mine']);
  });
});

describe('pages', () => {
  it('reads every page in order, and refuses a token that leads to itself', async () => {
    const list = async ({ pageToken }: { pageToken?: string }) =>
      pageToken === 'b' ? { items: [3], nextPageToken: '' } : { items: [1, 2], nextPageToken: 'b' };
    const items: number[] = [];
    for await (const page of pages(list, {})) items.push(...page.items);
    expect(items).toEqual([1, 2, 3]);
    const looping = async () => ({ items: [], nextPageToken: 'a' });
    const read = async () => {
      for await (const _page of pages(looping, {}));
    };
    await expect(read()).rejects.toMatchObject({ reason: 'PAGE_TOKEN_REPEATED' });
  });
});
