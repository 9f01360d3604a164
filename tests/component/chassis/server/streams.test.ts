import { connect, type ClientHttp2Stream } from 'node:http2';

import { describe, expect, it } from '@jest/globals';

import { eventually } from '../../../support/eventually.ts';
import { serve } from './serve.ts';

const LONG = 'x'.repeat(64 * 1024);

/** Opens ExportUsers over bare HTTP/2 and reads nothing. */
function openExport(address: string): ClientHttp2Stream {
  const session = connect(`http://${address}`);
  const request = session.request({
    ':method': 'POST',
    ':path': '/tradewind.user.v1.UserService/ExportUsers',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  request.on('error', () => undefined).on('close', () => session.destroy());
  request.end(Buffer.alloc(5));
  return request;
}

describe('a stream of the server', () => {
  it('asks its handler for no more than its reader takes, and ends at a drain although nobody reads', async () => {
    let made = 0;
    let isOver = false;
    await using serving = await serve({
      user: {
        async *exportUsers() {
          try {
            for (; made < 10_000; made += 1) {
              yield { user: { displayName: LONG } };
              await new Promise((resolve) => setImmediate(resolve));
            }
          } finally {
            isOver = true;
          }
        },
      },
    });
    const request = openExport(serving.address);
    let before = -1;
    await eventually(() => {
      const soFar = made;
      const isStill = soFar > 0 && soFar === before;
      before = soFar;
      if (!isStill) throw new Error(`${soFar} messages so far`);
    });

    expect(made).toBeLessThan(1_000);
    await serving.server.drain({ streamTimeoutMs: 50, timeoutMs: 5_000 });

    await eventually(() => expect(isOver).toBe(true));
    expect(made).toBeLessThan(1_000);
    request.destroy();
  });

  it('tells its handler when its reader goes, and no longer counts once that has cleaned up', async () => {
    let isOver = false;
    await using serving = await serve({
      user: {
        async *exportUsers(_request, { signal }) {
          try {
            yield {};
            await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
          } finally {
            isOver = true;
          }
        },
      },
    });
    const ended: string[] = [];
    serving.server.events.on('ended', ({ status }) => ended.push(status));
    const request = openExport(serving.address);
    await new Promise((resolve) => request.once('response', resolve));

    request.destroy();

    await eventually(() => expect(isOver).toBe(true));
    await eventually(() => expect(ended).toEqual(['CANCELLED']));
  });
});
