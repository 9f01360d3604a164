import { describe, expect, it } from '@jest/globals';
import { createChannel, createClient } from 'nice-grpc';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, failureOf, serveOver, type ServeArguments } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(TRANSPORTS)('drain, called over the %s transport', (transport) => {
  const serve = (...args: ServeArguments) => serveOver(transport, ...args);

  it('lets calls in flight end, and answers them all', async () => {
    let started = 0;
    const release = Promise.withResolvers<void>();
    await using serving = await serve({
      user: {
        async getUser({ userId }) {
          started += 1;
          await release.promise;
          return { user: { id: userId } };
        },
      },
    });
    const calls = Array.from({ length: 20 }, () => serving.users.getUser({ userId: ID }));
    await eventually(() => expect(started).toBe(20));

    const drained = serving.server.drain({ streamTimeoutMs: 2_000, timeoutMs: 5_000 });
    release.resolve();

    await expect(Promise.all(calls)).resolves.toHaveLength(20);
    await drained;
  });

  it('ends streams at their limit with UNAVAILABLE and details, and tells health watchers first', async () => {
    let handlerEnded = false;
    await using serving = await serve({
      user: {
        async *exportUsers(_request, { signal }) {
          yield { user: { id: ID } };
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          handlerEnded = true;
        },
      },
    });
    const statuses: number[] = [];
    const watched = failureOf(async (onTrailer) => {
      for await (const { status } of serving.health.watch({}, { onTrailer })) statuses.push(status);
    });
    const exported = failureOf(async (onTrailer) => {
      for await (const _ of serving.users.exportUsers({}, { onTrailer })) void 0;
    });
    await eventually(() => expect(statuses).toHaveLength(1));

    const startedMs = performance.now();
    await serving.server.drain({ streamTimeoutMs: 200, timeoutMs: 5_000 });

    const ended = {
      status: 'UNAVAILABLE',
      reason: 'SERVER_DRAINING',
      details: [{ kind: 'retryInfo', retryDelayMs: 0 }],
    };
    await expect(exported).resolves.toMatchObject(ended);
    await expect(watched).resolves.toMatchObject(ended);
    expect(statuses).toEqual([1, 2]);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    await eventually(() => expect(handlerEnded).toBe(true));
  });

  it('ends a handler that never answers, and never hangs', async () => {
    let aborted = false;
    const called = Promise.withResolvers<void>();
    await using serving = await serve({
      user: {
        getUser(_request, { signal }) {
          signal.addEventListener('abort', () => (aborted = true), { once: true });
          called.resolve();
          return new Promise(() => undefined);
        },
      },
    });
    const failed = failureOf((onTrailer) => serving.users.getUser({ userId: ID }, { onTrailer }));
    await called.promise;

    const startedMs = performance.now();
    await serving.server.drain({ streamTimeoutMs: 100, timeoutMs: 300 });

    expect(performance.now() - startedMs).toBeLessThan(2_000);
    await expect(failed).resolves.toMatchObject({ status: 'UNAVAILABLE', reason: 'SERVER_DRAINING' });
    expect(aborted).toBe(true);
  });

  it('loses no call of a client that has another server to go to', async () => {
    const answer = { user: { async getUser() { await pause(2); return { user: { id: ID } }; } } }; // prettier-ignore
    await using stays = await serve(answer);
    await using leaves = await serve(answer);
    const channel = createChannel(`ipv4:${leaves.address},${stays.address}`, undefined, {
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    });
    const users = createClient(UserServiceDefinition, channel);
    await users.getUser({ userId: ID }); // connected
    let failed = 0;
    let answered = 0;
    let isOver = false;
    const callers = Array.from({ length: 16 }, async () => {
      while (!isOver) {
        try {
          await users.getUser({ userId: ID });
          answered += 1;
        } catch {
          failed += 1;
        }
      }
    });
    await eventually(() => expect(answered).toBeGreaterThan(200));

    await leaves.server.drain({ streamTimeoutMs: 500, timeoutMs: 2_000 });
    const before = answered;
    await eventually(() => expect(answered).toBeGreaterThan(before + 200));
    isOver = true;
    await Promise.all(callers);
    channel.close();

    expect(failed).toBe(0);
  });

  it('may be asked for more than once', async () => {
    await using serving = await serve();

    await Promise.all([
      serving.server.drain({ streamTimeoutMs: 10, timeoutMs: 10 }),
      serving.server.close(),
      serving.server.close(),
    ]);

    await expect(failureOf(() => serving.users.getUser({ userId: ID }))).resolves.toMatchObject({
      status: 'UNAVAILABLE',
    });
  });
});
