import { afterEach, describe, expect, it } from '@jest/globals';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import { AppError, type ErrorDetail } from '../../../../src/chassis/core/index.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';
import { collect, serve, type Handlers } from '../server/serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

/** Whatever a handler answers costs its own call at most, and that call ends. */
describe.each(TRANSPORTS)('an odd answer to a %s call', (transport) => {
  let stack = new AsyncDisposableStack();
  afterEach(async () => {
    await stack.disposeAsync();
    stack = new AsyncDisposableStack();
  });

  const setUp = async (getUser: NonNullable<NonNullable<Handlers['user']>['getUser']>) => {
    const slow = Promise.withResolvers<void>();
    const serving = stack.use(
      await serve({
        user: {
          getUser,
          async listUsers() {
            await slow.promise;
            return {};
          },
        },
      }),
    );
    const factory = stack.use(createClientFactory({ from: 'test', transport, retry: { maxAttempts: 1 } }));
    const users = factory.client(UserServiceDefinition, `static:///${serving.address}`);
    await connected(factory, transport);
    // Another call beside it on the same connection, which must not notice.
    const beside = users.listUsers({}).then(
      () => 'OK',
      (error: AppError) => `${error.status} ${error.message}`,
    );
    return {
      ask: () =>
        users.getUser({ userId: ID }, { timeoutMs: 3_000 }).then(
          () => 'OK',
          (error: AppError) => error.status,
        ),
      users,
      besides() {
        slow.resolve();
        return beside;
      },
    };
  };
  const failWith =
    (message: string, details: readonly ErrorDetail[] = []) =>
    () => {
      throw new AppError({ status: 'FAILED_PRECONDITION', reason: 'ODD', message, details });
    };

  it('is told when its message is no well-formed text', async () => {
    const { ask, besides } = await setUp(failWith('cut in half: \ud83d'));
    expect(await ask()).toBe('FAILED_PRECONDITION');
    expect(await besides()).toBe('OK');
  });

  it('is told when its message is very long', async () => {
    const { ask, besides } = await setUp(failWith('x'.repeat(200_000)));
    expect(await ask()).toBe('FAILED_PRECONDITION');
    expect(await besides()).toBe('OK');
  });

  it('is told when its details are longer than a peer takes', async () => {
    const violations = Array.from({ length: 60_000 }, (_, index) => ({
      field: `lines[${index}].quantity`,
      description: 'must be greater than zero, and not what it was found to be by this rule'.repeat(2),
    }));
    const { ask, besides } = await setUp(failWith('many', [{ kind: 'badRequest', violations }]));
    expect(await ask()).toBe('FAILED_PRECONDITION');
    expect(await besides()).toBe('OK');
  });

  it('is told when its details cannot be encoded', async () => {
    const { ask, besides } = await setUp(failWith('when?', [{ kind: 'retryInfo', retryDelayMs: NaN }]));
    expect(await ask()).toBe('FAILED_PRECONDITION');
    expect(await besides()).toBe('OK');
  });

  it.each(['header', 'trailer'] as const)('ends when its %s has a name that HTTP/2 keeps for itself', async (part) => {
    const { ask, besides } = await setUp(async (_request, context) => {
      context[part].set('connection', 'close');
      return {};
    });
    expect(['OK', 'INTERNAL']).toContain(await ask());
    expect(await besides()).toBe('OK');
  });

  it('ends when a failure has a trailer with a name that HTTP/2 keeps for itself', async () => {
    const { ask, besides } = await setUp(async (_request, context) => {
      context.trailer.set('transfer-encoding', 'chunked');
      throw new AppError({ status: 'FAILED_PRECONDITION', reason: 'ODD', message: 'odd' });
    });
    expect(['FAILED_PRECONDITION', 'INTERNAL']).toContain(await ask());
    expect(await besides()).toBe('OK');
  });

  it('ends when its header is longer than a peer takes', async () => {
    const { ask, besides } = await setUp(async (_request, context) => {
      for (let n = 0; n < 100; n++) context.header.set(`x-${n}`, 'y'.repeat(60_000));
      return {};
    });
    expect(await ask()).not.toBe('DEADLINE_EXCEEDED');
    expect(await besides()).toBe('OK');
  });
});

describe('an odd answer to a stream', () => {
  const statusOf = async (exportUsers: NonNullable<NonNullable<Handlers['user']>['exportUsers']>) => {
    await using serving = await serve({ user: { exportUsers } });
    await using factory = createClientFactory({ from: 'test' });
    const users = factory.client(UserServiceDefinition, `static:///${serving.address}`);
    return await collect(users.exportUsers({}, { timeoutMs: 3_000 })).then(
      () => 'OK',
      (error: AppError) => error.status,
    );
  };
  const fail = (message: string) => new AppError({ status: 'FAILED_PRECONDITION', reason: 'ODD', message });

  it('is told when its message is no well-formed text', async () => {
    const status = await statusOf(async function* () {
      throw fail('cut in half: \ud83d');
    });
    expect(status).toBe('FAILED_PRECONDITION');
  });

  it.each(['header', 'trailer'] as const)('ends when its %s has a name that HTTP/2 keeps for itself', async (part) => {
    const status = await statusOf(async function* (_request, context) {
      context[part].set('connection', 'close');
      yield {};
    });
    expect(status).toBe('INTERNAL');
  });

  it('keeps its error when its trailer has a name that HTTP/2 keeps for itself', async () => {
    const status = await statusOf(async function* (_request, context) {
      context.trailer.set('connection', 'close');
      yield {};
      throw fail('odd');
    });
    expect(status).toBe('FAILED_PRECONDITION');
  });
});
