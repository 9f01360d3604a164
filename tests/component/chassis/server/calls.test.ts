import { once } from 'node:events';

import { describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { AppError, currentCall, systemClock, type CallContext } from '../../../../src/chassis/core/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, collect, failureOf, serveOver, type ServeArguments } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

describe.each(TRANSPORTS)('createServer, called over the %s transport', (transport) => {
  const serve = (...args: ServeArguments) => serveOver(transport, ...args);

  it('opens a call context with the id, the deadline and the retry mark of the caller', async () => {
    let call: CallContext | undefined;
    await using serving = await serve({
      user: {
        async getUser() {
          call = currentCall();
          return {};
        },
      },
    });
    const metadata = Metadata({ 'x-tradewind-call-id': 'c-1', 'x-tradewind-retry': '1', 'grpc-timeout': '5000m' });

    await serving.users.getUser({ userId: ID }, { metadata });

    expect(call).toMatchObject({
      callId: 'c-1',
      method: '/tradewind.user.v1.UserService/GetUser',
      isRetry: true,
      principal: undefined,
    });
    const remainingMs = (call?.deadlineMs ?? 0) - systemClock.monotonicMs();
    expect(remainingMs).toBeGreaterThan(1_000);
    expect(remainingMs).toBeLessThanOrEqual(5_000);
  });

  it('does not believe a deadline that the caller wrote into our own header, and names calls anew whose id is odd', async () => {
    let call: CallContext | undefined;
    await using serving = await serve({
      user: {
        async getUser() {
          call = currentCall();
          return {};
        },
      },
    });
    const metadata = Metadata({ 'x-tradewind-internal-deadline': '1', 'x-tradewind-call-id': 'c 1 {"level":"fatal"}' });

    await serving.users.getUser({ userId: ID }, { metadata });

    expect(call?.deadlineMs).toBeUndefined();
    expect(call?.callId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('keeps the context through every message of a stream, and apart from other calls', async () => {
    await using serving = await serve({
      user: {
        async *exportUsers() {
          for (let n = 0; n < 5; n += 1) {
            yield { user: { id: currentCall()?.callId ?? 'lost' } };
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
      },
    });
    const exportAs = async (callId: string) => {
      const stream = serving.users.exportUsers({}, { metadata: Metadata({ 'x-tradewind-call-id': callId }) });
      return (await collect(stream)).map(({ user }) => user?.id);
    };

    const [one, two] = await Promise.all([exportAs('one'), exportAs('two')]);

    expect(one).toEqual(Array(5).fill('one'));
    expect(two).toEqual(Array(5).fill('two'));
  });

  it('ends at its deadline also when the handler answers with a promise of another make', async () => {
    await using serving = await serve({
      user: {
        // As query builders are: awaiting them is what runs them.
        getUser: () => ({ then: () => undefined }) as unknown as Promise<object>,
      },
    });
    const statuses: string[] = [];
    serving.server.events.on('ended', ({ status }) => statuses.push(status));
    const metadata = Metadata({ 'grpc-timeout': '50m' });

    await expect(serving.users.getUser({ userId: ID }, { metadata })).rejects.toMatchObject({ code: 4 });

    await eventually(() => expect(statuses).toEqual(['DEADLINE_EXCEEDED']));
  });

  it("fires the handler's signal when the deadline passes", async () => {
    const ended = Promise.withResolvers<number>();
    await using serving = await serve({
      user: {
        async getUser(_request, { signal }) {
          const startedMs = performance.now();
          await once(signal, 'abort');
          ended.resolve(performance.now() - startedMs);
          throw signal.reason;
        },
      },
    });

    const error = await failureOf(() =>
      serving.users.getUser({ userId: ID }, { metadata: Metadata({ 'grpc-timeout': '100m' }) }),
    );

    expect(error.status).toBe('DEADLINE_EXCEEDED');
    expect(await ended.promise).toBeLessThan(1_000);
    expect(await ended.promise).toBeGreaterThan(50);
  });

  it("fires the handler's signal when the caller leaves a stream", async () => {
    const left = Promise.withResolvers<void>();
    await using serving = await serve({
      user: {
        async *exportUsers(_request, { signal }) {
          signal.addEventListener('abort', () => left.resolve(), { once: true });
          for (;;) {
            yield { user: { id: ID } };
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
      },
    });

    for await (const _ of serving.users.exportUsers({})) break;

    await expect(left.promise).resolves.toBeUndefined();
  });

  it('does not start a call whose deadline has passed', async () => {
    let handled = 0;
    let lateness = 0;
    await using serving = await serve(
      {
        user: {
          async getUser() {
            handled += 1;
            return {};
          },
        },
      },
      // Between any two readings of the clock, five seconds pass.
      { clock: { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + (lateness += 5_000) } },
    );

    const error = await failureOf((onTrailer) =>
      serving.users.getUser({ userId: ID }, { onTrailer, metadata: Metadata({ 'grpc-timeout': '4000m' }) }),
    );

    expect(error).toMatchObject({ status: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });
    expect(handled).toBe(0);
  });

  it('puts the principal of a bearer token into the call, and refuses a token that does not verify', async () => {
    let call: CallContext | undefined;
    await using serving = await serve(
      {
        user: {
          async getUser() {
            call = currentCall();
            return {};
          },
        },
      },
      {
        async verify(token) {
          if (token === 'good') return { userId: 'u-1', roles: ['customer'] };
          throw new AppError({ status: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED', message: 'bad token' });
        },
      },
    );
    const as = (authorization: string) =>
      failureOf((onTrailer) =>
        serving.users.getUser({ userId: ID }, { onTrailer, metadata: Metadata({ authorization }) }),
      );

    await serving.users.getUser({ userId: ID }, { metadata: Metadata({ authorization: 'Bearer good' }) });
    expect(call).toMatchObject({ principal: { userId: 'u-1' }, authorization: 'Bearer good' });

    await expect(as('Bearer bad')).resolves.toMatchObject({ status: 'UNAUTHENTICATED', message: 'bad token' });
    await expect(as('Basic Zm9v')).resolves.toMatchObject({ status: 'UNAUTHENTICATED' });
    await expect(as('')).resolves.toMatchObject({ status: 'UNAUTHENTICATED' });
  });

  it('refuses every token when it was given nothing to verify them with', async () => {
    await using serving = await serve();

    const error = await failureOf((onTrailer) =>
      serving.users.getUser({ userId: ID }, { onTrailer, metadata: Metadata({ authorization: 'Bearer good' }) }),
    );

    expect(error).toMatchObject({ status: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED' });
  });
});

describe('a call on a shared stream', () => {
  it('is not started when its deadline passed while it waited behind others of its batch', async () => {
    const started: string[] = [];
    await using serving = await serveOver('multiplexed', {
      user: {
        async getUser({ userId }) {
          started.push(userId);
          if (userId === ID) block(150);
          return {};
        },
      },
    });
    const { users } = serving;
    const late = ID.replace('018f', '019f');

    const [first, second] = await Promise.allSettled([
      users.getUser({ userId: ID }),
      users.getUser({ userId: late }, { metadata: Metadata({ 'grpc-timeout': '50m' }) }),
    ]);

    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 4 } });
    await eventually(() => expect(started).toEqual([ID]));
  });
});

/** Keeps the event loop from turning. */
function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}
