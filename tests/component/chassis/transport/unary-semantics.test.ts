import { once } from 'node:events';

import { afterEach, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { UserServiceDefinition, type User } from '../../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory, type ClientFactoryOptions } from '../../../../src/chassis/client/index.ts';
import { AppError, currentCall, systemClock, type CallContext } from '../../../../src/chassis/core/index.ts';
import type { ServerOptions } from '../../../../src/chassis/server/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';
import { serve, type Handlers } from '../server/serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

/** Our server, called by our client: what a unary call means must not depend on the road it takes. */
describe.each(TRANSPORTS)('a unary call that is %s', (transport) => {
  let stack = new AsyncDisposableStack();
  afterEach(async () => {
    await stack.disposeAsync();
    stack = new AsyncDisposableStack();
  });

  const setUp = async (
    user: Handlers['user'],
    { server, client }: { server?: Partial<ServerOptions>; client?: Partial<ClientFactoryOptions> } = {},
  ) => {
    const serving = stack.use(await serve({ user: user ?? {} }, server));
    const factory = stack.use(createClientFactory({ from: 'test', transport, retry: { maxAttempts: 1 }, ...client }));
    const users = factory.client(UserServiceDefinition, `static:///${serving.address}`);
    await connected(factory, transport);
    const roads: string[] = [];
    serving.server.events.on('ended', (event) => roads.push(event.transport));
    return { serving, factory, users, roads };
  };
  const get = (user: Partial<User> = {}) => ({ getUser: async () => ({ user }) });

  it('brings the response, and goes the way it is said to', async () => {
    const { users, roads } = await setUp(get({ id: ID, displayName: 'Ada Žluťoučká' }));
    expect((await users.getUser({ userId: ID })).user).toMatchObject({ id: ID, displayName: 'Ada Žluťoučká' });
    expect(roads).toEqual([transport]);
  });

  it('brings metadata both ways, binary too', async () => {
    const { users } = await setUp({
      async getUser(_request, context) {
        context.header.set('x-first', context.metadata.get('x-asked') ?? 'nothing');
        context.trailer.set('x-last-bin', context.metadata.get('x-asked-bin') ?? new Uint8Array(0));
        return {};
      },
    });
    let header: string | undefined;
    let trailer: Uint8Array | undefined;
    await users.getUser(
      { userId: ID },
      {
        metadata: Metadata({ 'x-asked': 'why', 'x-asked-bin': Uint8Array.of(0, 200, 255) }),
        onHeader: (received) => (header = received.get('x-first')),
        onTrailer: (received) => (trailer = received.get('x-last-bin')),
      },
    );
    expect(header).toBe('why');
    expect([...(trailer ?? [])]).toEqual([0, 200, 255]);
  });

  it("ends with the handler's error: status, reason, domain, message, metadata and details", async () => {
    const { users } = await setUp({
      async getUser() {
        throw new AppError({
          status: 'FAILED_PRECONDITION',
          reason: 'USER_SUSPENDED',
          message: 'suspended: »Žluťoučký«',
          metadata: { user: ID },
          details: [{ kind: 'resourceInfo', resourceType: 'user', resourceName: ID }],
        });
      },
    });
    await expect(users.getUser({ userId: ID })).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'USER_SUSPENDED',
      domain: 'user.tradewind',
      message: 'suspended: »Žluťoučký«',
      metadata: { user: ID },
      details: [{ kind: 'resourceInfo', resourceType: 'user', resourceName: ID }],
    });
  });

  it('tells nobody what went wrong inside', async () => {
    const { users } = await setUp({
      async getUser() {
        throw new Error('the password is hunter2');
      },
    });
    await expect(users.getUser({ userId: ID })).rejects.toMatchObject({
      status: 'INTERNAL',
      message: 'internal error',
    });
  });

  it('is refused with the field that breaks a rule', async () => {
    const { users } = await setUp(get());
    await expect(users.getUser({ userId: 'not-a-uuid' })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'VALIDATION_FAILED',
      details: [{ kind: 'badRequest', violations: [{ field: 'user_id' }] }],
    });
  });

  it('is made for whom its token names, call by call', async () => {
    const seen: (string | undefined)[] = [];
    const { users } = await setUp(
      {
        async getUser() {
          seen.push(currentCall()?.principal?.userId);
          return {};
        },
      },
      {
        server: {
          verify: async (token) => {
            if (token === 'forged') throw new AppError({ status: 'UNAUTHENTICATED', reason: 'BAD', message: 'forged' });
            return { userId: token, roles: ['CUSTOMER'] };
          },
        },
      },
    );
    const outcomes = await Promise.allSettled([
      users.getUser({ userId: ID }, { token: 'one' }),
      users.getUser({ userId: ID }, { token: 'forged' }),
      users.getUser({ userId: ID }, { token: 'two' }),
      users.getUser({ userId: ID }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { status: 'UNAUTHENTICATED' } });
    expect([...seen].sort()).toEqual(['one', 'two', undefined]);
  });

  it("is kept to its method's access level", async () => {
    const { users } = await setUp(
      { listUsers: async () => ({}) },
      { server: { verify: async () => ({ userId: ID, roles: ['CUSTOMER'] }) } },
    );
    await expect(users.listUsers({}, { token: 'customer' })).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it('carries its id, its deadline, whether it is a retry and whom it comes from', async () => {
    const calls: CallContext[] = [];
    const peers: unknown[] = [];
    let hasFailed = false;
    const { users } = await setUp(
      {
        async getUser() {
          const call = currentCall();
          if (call !== undefined) calls.push(call);
          peers.push(call?.peer);
          if (hasFailed) return {};
          hasFailed = true;
          throw new AppError({ status: 'UNAVAILABLE', reason: 'BUSY', message: 'busy' });
        },
      },
      { client: { retry: { maxAttempts: 2 } } },
    );
    const metadata = Metadata({ 'x-tradewind-call-id': 'call-1' });
    await users.getUser({ userId: ID }, { metadata, timeoutMs: 4_000 });
    expect(calls.map(({ callId, isRetry }) => [callId, isRetry])).toEqual([
      ['call-1', false],
      ['call-1', true],
    ]);
    expect(peers).toEqual(['127.0.0.1', '127.0.0.1']);
    for (const { deadlineMs } of calls) {
      const remainingMs = (deadlineMs ?? 0) - systemClock.monotonicMs();
      expect(remainingMs).toBeGreaterThan(500);
      expect(remainingMs).toBeLessThanOrEqual(4_001);
    }
  });

  it.each(['deadline', 'caller'] as const)('ends at the handler too when its %s ends it', async (who) => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const { users } = await setUp({
      async getUser(_request, { signal }) {
        begun.resolve();
        await once(signal, 'abort');
        ended.resolve();
        throw signal.reason;
      },
    });
    const controller = new AbortController();
    const call = users.getUser(
      { userId: ID },
      who === 'deadline' ? { timeoutMs: 150 } : { timeoutMs: 20_000, signal: controller.signal },
    );
    const settled = call.then(
      () => 'OK',
      (error: AppError) => error.status,
    );
    await begun.promise;
    if (who === 'caller') controller.abort();
    expect(await settled).toBe(who === 'deadline' ? 'DEADLINE_EXCEEDED' : 'CANCELLED');
    await ended.promise;
  });

  it('is RESOURCE_EXHAUSTED when its request is larger than the server takes', async () => {
    const { users } = await setUp(get(), { server: { limits: { maxRequestBytes: 5_000 } } });
    await expect(users.getUser({ userId: 'x'.repeat(5_000) })).rejects.toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
    await users.getUser({ userId: ID });
  });

  it.each([
    ['server sends', { server: { limits: { maxResponseBytes: 100_000 } } }],
    ['client takes', { client: { connection: { maxReceiveBytes: 100_000 } } }],
  ])('is RESOURCE_EXHAUSTED when its response is larger than the %s', async (_who, options) => {
    let length = 100_001;
    const { users } = await setUp({ getUser: async () => ({ user: { displayName: 'x'.repeat(length) } }) }, options);
    await expect(users.getUser({ userId: ID })).rejects.toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
    length = 99_000;
    expect((await users.getUser({ userId: ID })).user?.displayName).toHaveLength(99_000);
  });

  it('does not hold up others, however slow its handler and however large its response', async () => {
    const { users, roads } = await setUp({
      async getUser({ userId }, { signal }) {
        if (userId === ID) return {};
        await once(signal, 'abort');
        throw signal.reason;
      },
      exportUsers: async function* () {},
      listUsers: async () => ({ users: [{ displayName: 'x'.repeat(3_000_000) }] }),
    });
    const slow = users.getUser({ userId: ID.replace('018f', '018e') }, { timeoutMs: 1_500 }).catch(() => 'slow');
    const large = users.listUsers({});
    for (let n = 0; n < 50; n++) await users.getUser({ userId: ID });
    expect((await large).users[0]?.displayName).toHaveLength(3_000_000);
    expect(await slow).toBe('slow');
    await eventually(() => expect(new Set(roads)).toEqual(new Set([transport])));
  });

  it('is UNIMPLEMENTED by a server that does not have it', async () => {
    const { serving } = await setUp(get());
    const factory = stack.use(createClientFactory({ from: 'test', transport }));
    const unknown = { ...UserServiceDefinition.methods.getUser, name: 'NotThere' };
    const client = factory.client(
      { ...UserServiceDefinition, methods: { notThere: unknown } },
      `static:///${serving.address}`,
    );
    await connected(factory, transport);
    await expect(client.notThere({ userId: ID })).rejects.toMatchObject({ status: 'UNIMPLEMENTED' });
  });

  it('is answered when the server begins to drain after it, and goes elsewhere when before, whatever its method', async () => {
    const slow = {
      async getUser() {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return {};
      },
    };
    const one = await serve({ user: slow });
    const two = stack.use(await serve({ user: slow }));
    const factory = stack.use(createClientFactory({ from: 'test', transport, retry: { maxAttempts: 1 } }));
    const users = factory.client(UserServiceDefinition, `static:///${one.address},${two.address}`);
    await connected(factory, transport, 2);
    const failures: unknown[] = [];
    let answered = 0;
    let isOver = false;
    const workers = Array.from({ length: 40 }, async () => {
      while (!isOver) {
        await users.getUser({ userId: ID }, { retry: false }).then(
          () => (answered += 1),
          (error: unknown) => failures.push(error),
        );
      }
    });
    await eventually(() => expect(answered).toBeGreaterThan(200));
    await one.server.drain({ streamTimeoutMs: 1_000, timeoutMs: 2_000 });
    const before = answered;
    await eventually(() => expect(answered).toBeGreaterThan(before + 200));
    isOver = true;
    await Promise.all(workers);
    expect(failures).toEqual([]);
    await one[Symbol.asyncDispose]();
  });
});
