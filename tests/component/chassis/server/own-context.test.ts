import { describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { currentCall } from '../../../../src/chassis/core/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, serve, serveOver } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const named = (callId: string, more: Record<string, string> = {}) => ({
  metadata: Metadata({ 'x-tradewind-call-id': callId, ...more }),
});

/**
 * What a handler does because its call was ended is part of that call: it must neither act for another caller nor, where
 * there is no call at all, as one inside the suite.
 */
describe.each(TRANSPORTS)('the end of a %s call', (transport) => {
  const setUp = async () => {
    const heard: string[] = [];
    const begun: string[] = [];
    const serving = await serveOver(transport, {
      user: {
        getUser(_request, { signal }) {
          const own = currentCall()?.callId;
          begun.push(own ?? 'none');
          return new Promise(() => {
            signal.addEventListener('abort', () => heard.push(`${own} in ${currentCall()?.callId}`));
          });
        },
      },
    });
    return { serving, heard, begun };
  };

  it('is heard in its own context when deadlines pass', async () => {
    const { serving, heard } = await setUp();
    await using _ = serving;
    const ask = (callId: string) => serving.users.getUser({ userId: ID }, named(callId, { 'grpc-timeout': '50m' }));
    await Promise.allSettled([ask('one'), ask('two'), ask('three')]);
    await eventually(() => expect(heard).toHaveLength(3));
    expect(heard.sort()).toEqual(['one in one', 'three in three', 'two in two']);
  });

  it('is heard in its own context when the caller cancels', async () => {
    const { serving, heard, begun } = await setUp();
    await using _ = serving;
    const controller = new AbortController();
    const ask = (callId: string) =>
      serving.users.getUser({ userId: ID }, { ...named(callId), signal: controller.signal });
    const both = Promise.allSettled([ask('one'), ask('two')]);
    await eventually(() => expect(begun).toHaveLength(2));
    controller.abort();
    await both;
    await eventually(() => expect(heard).toHaveLength(2));
    expect(heard.sort()).toEqual(['one in one', 'two in two']);
  });

  it('is heard in its own context when the server stops', async () => {
    const { serving, heard, begun } = await setUp();
    await using _ = serving;
    const both = Promise.allSettled(
      ['one', 'two'].map((callId) => serving.users.getUser({ userId: ID }, named(callId))),
    );
    await eventually(() => expect(begun).toHaveLength(2));
    await serving.server.close();
    await both;
    expect(heard.sort()).toEqual(['one in one', 'two in two']);
  });
});

describe('the end of a stream', () => {
  it('cleans up in its own context when the caller leaves between two messages', async () => {
    const heard: string[] = [];
    await using serving = await serve({
      user: {
        async *exportUsers() {
          try {
            for (;;) yield { user: { id: ID, displayName: 'x'.repeat(100_000) } };
          } finally {
            heard.push(`finally in ${currentCall()?.callId}`);
          }
        },
      },
    });
    const controller = new AbortController();
    const stream = serving.users.exportUsers({}, { ...named('one'), signal: controller.signal });
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    controller.abort();
    await eventually(() => expect(heard).toEqual(['finally in one']));
    await reader.next().catch(() => undefined);
  });
});
