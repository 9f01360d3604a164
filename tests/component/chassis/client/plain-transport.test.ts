import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metadata, ServerError, Status, type CallContext } from 'nice-grpc';

import { createClientFactory, type ClientFactory } from '../../../../src/chassis/client/index.ts';
import { startEchoServer, type EchoServer } from '../../../support/echo-server.ts';
import { EchoServiceDefinition } from '../../../support/echo-service.ts';
import { eventually } from '../../../support/eventually.ts';

describe('createPlainTransport', () => {
  let server: EchoServer;
  let factory: ClientFactory;
  /** What the handler does with the message; the reply carries the same one. */
  let behave: (message: string, context: CallContext) => void | Promise<void>;

  beforeEach(async () => {
    behave = () => undefined;
    const answer = async (request: { message: string }, context: CallContext) => {
      await behave(request.message, context);
      return { locale: '', message: request.message };
    };
    server = await startEchoServer('one', { read: answer, write: answer });
    factory = createClientFactory({ from: 'test', transport: 'plain', connection: { maxReceiveBytes: 1_000 } });
  });
  afterEach(async () => {
    await factory.close();
    await server.stop();
  });
  const client = () => factory.client(EchoServiceDefinition, `static:///${server.address}`);

  it('carries metadata both ways: text with several values, bytes, header and trailer', async () => {
    behave = (_message, { metadata, header, trailer }) => {
      header.set('seen', metadata.getAll('mine').join('|'));
      header.set('seen-bin', metadata.getAll('mine-bin'));
      trailer.set('last', 'word');
    };
    const seen: string[] = [];
    const bytes: Uint8Array[] = [];
    await client().write(
      { message: 'x' },
      {
        metadata: Metadata({ mine: ['a', 'b'], 'mine-bin': [Uint8Array.of(0, 255), Uint8Array.of(7)] }),
        onHeader(header) {
          seen.push(`header ${header.get('seen')}`);
          bytes.push(...header.getAll('seen-bin'));
        },
        onTrailer: (trailer) => seen.push(`trailer ${trailer.get('last')}`),
      },
    );
    expect(seen).toEqual(['header a, b', 'trailer word']);
    expect(bytes.map((value) => [...value])).toEqual([[0, 255], [7]]);
  });

  it('brings header and trailer of a failed call too', async () => {
    behave = (_message, { header, trailer, sendHeader }) => {
      header.set('early', 'yes');
      sendHeader();
      trailer.set('why', 'because');
      throw new ServerError(Status.NOT_FOUND, 'no "x" – nowhere');
    };
    const seen: unknown[] = [];
    const failing = client().write(
      { message: 'x' },
      { onHeader: (header) => seen.push(header.get('early')), onTrailer: (trailer) => seen.push(trailer.get('why')) },
    );
    await expect(failing).rejects.toMatchObject({ status: 'NOT_FOUND', message: 'no "x" – nowhere' });
    expect(seen).toEqual(['yes', 'because']);
  });

  it('fails with INTERNAL and sends nothing when the request cannot be encoded', async () => {
    const bad = {
      get message(): string {
        throw new Error('not to be had');
      },
    };
    await expect(client().write(bad)).rejects.toMatchObject({ status: 'INTERNAL' });
    await client().write({ message: 'x' });
    expect(server.calls).toHaveLength(1);
  });

  it('fails with RESOURCE_EXHAUSTED when the reply is longer than allowed', async () => {
    await expect(client().write({ message: 'x'.repeat(2_000) })).rejects.toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
    });
  });

  it.each([
    ['once it is under way', () => eventually(() => expect(server.calls).toHaveLength(1))],
    ['in the turn it was made', () => undefined],
    ['a few microtasks later', () => Promise.resolve().then(() => undefined)],
  ])('tells the server that a call was cancelled %s', async (_when, wait) => {
    await client().read({ message: 'warm' });
    server.calls.length = 0;
    let aborted = 0;
    behave = (message, { signal }) =>
      new Promise((resolve, reject) => {
        if (message !== 'never') return resolve();
        signal.addEventListener('abort', () => {
          aborted += 1;
          reject(signal.reason as Error);
        });
      });
    const controller = new AbortController();
    const call = expect(
      client().write({ message: 'never' }, { signal: controller.signal, timeoutMs: 60_000 }),
    ).rejects.toMatchObject({
      status: 'CANCELLED',
    });
    await wait();
    controller.abort();
    await call;
    await client().read({ message: 'after' }); // whatever was sent before has come by now
    const reached = server.calls.length - 1;
    await eventually(() => expect(aborted).toBe(reached));
  });
});
