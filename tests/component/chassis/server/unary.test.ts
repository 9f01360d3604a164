import { setImmediate as turn } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';
import { Metadata, type CallContext as HandlerContext } from 'nice-grpc';

import { currentCall } from '../../../../src/chassis/core/index.ts';
import type { CallEnded } from '../../../../src/chassis/middleware/server/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, failureOf, serveOver } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

describe.each(TRANSPORTS)('a unary call over the %s transport', (transport) => {
  /** A server whose GetUser does this. */
  const serveUser = async (getUser: (context: HandlerContext) => unknown) => {
    const serving = await serveOver(transport, {
      user: {
        async getUser(_request, context) {
          await getUser(context);
          return { user: { id: ID } };
        },
      },
    });
    const ended: CallEnded[] = [];
    serving.server.events.on('ended', (event) => ended.push(event));
    return { ended, users: serving.users, [Symbol.asyncDispose]: () => serving[Symbol.asyncDispose]() };
  };

  it("hands the caller's metadata and address to the handler, and its header and trailer back", async () => {
    const seen: unknown[] = [];
    await using served = await serveUser(({ metadata, peer, header, trailer }) => {
      seen.push(metadata.get('x-text'), metadata.get('x-data-bin'), metadata.get('x-tradewind-call-id'), peer);
      header.set('x-header', 'h').set('x-header-bin', Uint8Array.of(1, 255));
      trailer.set('x-trailer', 't');
    });
    const received: Metadata[] = [];
    const note = (metadata: Metadata) => void received.push(metadata);
    const metadata = Metadata({ 'x-text': 'a', 'x-data-bin': Uint8Array.of(0, 200), 'x-tradewind-call-id': 'c-1' });

    await served.users.getUser({ userId: ID }, { metadata, onHeader: note, onTrailer: note });

    expect(seen.slice(0, 3)).toEqual(['a', Buffer.of(0, 200), 'c-1']);
    expect(seen[3]).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(received[0]?.get('x-header')).toBe('h');
    expect([...(received[0]?.get('x-header-bin') ?? [])]).toEqual([1, 255]);
    expect(received[1]?.get('x-trailer')).toBe('t');
  });

  it('sends the trailer of a handler that throws, beside the details', async () => {
    await using served = await serveUser(({ trailer }) => {
      trailer.set('x-trailer', 't');
      throw new Error('broken');
    });
    let text: unknown;

    const error = await failureOf((onTrailer) =>
      served.users.getUser(
        { userId: ID },
        {
          onTrailer(trailer) {
            text = trailer.get('x-trailer');
            onTrailer(trailer);
          },
        },
      ),
    );

    expect(error).toMatchObject({ status: 'INTERNAL', reason: 'INTERNAL' });
    expect(text).toBe('t');
  });

  it("fires the handler's signal when the caller cancels, even if it is only asked for then, and does not wait for it", async () => {
    const entered = Promise.withResolvers<HandlerContext>();
    const release = Promise.withResolvers<void>();
    await using served = await serveUser(async (context) => {
      entered.resolve(context);
      await release.promise;
    });
    const abort = new AbortController();
    const call = served.users.getUser({ userId: ID }, { signal: abort.signal }).catch((error: unknown) => error);
    const context = await entered.promise;

    abort.abort();

    await eventually(() => expect(served.ended).toHaveLength(1));
    expect(served.ended[0]).toMatchObject({ status: 'CANCELLED', transport });
    expect(context.signal.aborted).toBe(true);
    expect(context.signal.reason).toMatchObject({ status: 'CANCELLED', reason: 'CANCELLED' });
    release.resolve();
    await call;
  });

  it('is answered at its deadline while its handler is at work', async () => {
    const release = Promise.withResolvers<void>();
    let signal: AbortSignal | undefined;
    await using served = await serveUser(async (context) => {
      signal = context.signal;
      await release.promise;
    });

    const error = await failureOf((onTrailer) =>
      served.users.getUser({ userId: ID }, { onTrailer, metadata: Metadata({ 'grpc-timeout': '50m' }) }),
    );

    expect(error.status).toBe('DEADLINE_EXCEEDED');
    await eventually(() => expect(signal?.reason).toMatchObject({ status: 'DEADLINE_EXCEEDED' }));
    expect(served.ended).toMatchObject([{ status: 'DEADLINE_EXCEEDED', transport }]);
    release.resolve();
  });

  it('keeps its context through whatever its handler waits for, apart from other calls', async () => {
    const seen: string[] = [];
    await using served = await serveUser(async ({ metadata }) => {
      for (let n = 0; n < 5; n += 1) {
        await turn();
        seen.push(`${metadata.get('x-tradewind-call-id')} ${currentCall()?.callId}`);
      }
    });

    await Promise.all(
      ['a', 'b', 'c'].map((callId) =>
        served.users.getUser({ userId: ID }, { metadata: Metadata({ 'x-tradewind-call-id': callId }) }),
      ),
    );

    expect(seen).toHaveLength(15);
    expect(seen.every((pair) => pair[0] === pair[2])).toBe(true);
  });

  it('passes the trace on that its caller is in', async () => {
    let traceparent: string | undefined;
    await using served = await serveUser(() => {
      traceparent = currentCall()?.trace?.traceparent;
    });
    const unsampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

    await served.users.getUser({ userId: ID }, { metadata: Metadata({ traceparent: unsampled }) });

    expect(traceparent).toBe(unsampled);
  });
});
