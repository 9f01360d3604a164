import { describe, expect, it } from '@jest/globals';

import type { DeepPartial, TrackShipmentsRequest } from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { AppError } from '../../../../src/chassis/core/index.ts';
import type { CallEnded } from '../../../../src/chassis/middleware/server/index.ts';
import { TRANSPORTS, collect, failureOf, serveOver, type ServeArguments } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

describe.each(TRANSPORTS)('createServer, called over the %s transport', (transport) => {
  const serve = (...args: ServeArguments) => serveOver(transport, ...args);

  it("tells a caller the handler's error with reason, domain, metadata and details", async () => {
    await using serving = await serve({
      user: {
        async getUser() {
          throw new AppError({
            status: 'NOT_FOUND',
            reason: 'USER_NOT_FOUND',
            message: 'no user has this id',
            metadata: { user: ID },
            details: [{ kind: 'resourceInfo', resourceType: 'user', resourceName: ID }],
          });
        },
      },
    });

    const error = await failureOf((onTrailer) => serving.users.getUser({ userId: ID }, { onTrailer }));

    expect(error).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'USER_NOT_FOUND',
      domain: 'user.tradewind',
      message: 'no user has this id',
      metadata: { user: ID },
      details: [{ kind: 'resourceInfo', resourceType: 'user', resourceName: ID }],
    });
  });

  it('answers INTERNAL with a public text to an error nobody expected, and hands the cause to telemetry', async () => {
    const secretCause = new Error('password of the database is hunter2');
    await using serving = await serve({
      user: {
        async getUser() {
          throw secretCause;
        },
      },
    });
    const ended: CallEnded[] = [];
    serving.server.events.on('ended', (event) => ended.push(event));

    const error = await failureOf((onTrailer) => serving.users.getUser({ userId: ID }, { onTrailer }));

    expect(error).toMatchObject({ status: 'INTERNAL', reason: 'INTERNAL', message: 'internal error' });
    expect(ended).toHaveLength(1);
    expect(ended[0]).toMatchObject({ status: 'INTERNAL' });
    expect(ended[0]?.error?.cause).toBe(secretCause);
  });

  it('ends a stream with the error that its handler threw after some messages', async () => {
    await using serving = await serve({
      user: {
        async *exportUsers() {
          yield { user: { id: ID } };
          throw new AppError({ status: 'ABORTED', reason: 'EXPORT_CHANGED', message: 'changed' });
        },
      },
    });
    const received: string[] = [];

    const error = await failureOf(async (onTrailer) => {
      for await (const { user } of serving.users.exportUsers({}, { onTrailer })) received.push(user?.id ?? '');
    });

    expect(received).toEqual([ID]);
    expect(error).toMatchObject({ status: 'ABORTED', reason: 'EXPORT_CHANGED', domain: 'user.tradewind' });
  });

  it('refuses an invalid request before the handler, with every violation', async () => {
    let handled = 0;
    await using serving = await serve({
      user: {
        async createUser() {
          handled += 1;
          return {};
        },
      },
    });

    const error = await failureOf((onTrailer) => serving.users.createUser({ email: 'x' }, { onTrailer }));

    expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED', domain: 'tradewind' });
    expect(error.details).toMatchObject([
      {
        kind: 'badRequest',
        violations: [
          { field: 'email', reason: 'string.email' },
          { field: 'password', reason: 'string.min_len' },
          { field: 'display_name', reason: 'string.min_len' },
        ],
      },
    ]);
    expect(handled).toBe(0);
  });

  it('refuses an invalid message in the middle of a stream, even when the handler passes over it', async () => {
    const seen: (string | undefined)[] = [];
    await using serving = await serve({
      shipping: {
        async *trackShipments(requests) {
          try {
            for await (const { action } of requests) seen.push(action?.$case);
          } catch {
            // a handler that does not care
          }
        },
      },
    });
    async function* requests(): AsyncGenerator<DeepPartial<TrackShipmentsRequest>> {
      yield { action: { $case: 'unsubscribe', value: { shipmentIds: [ID] } } };
      yield { action: { $case: 'subscribe', value: { subscriptions: [{ shipmentId: 'x' }] } } };
    }

    const error = await failureOf((onTrailer) => collect(serving.shipping.trackShipments(requests(), { onTrailer })));

    expect(seen).toEqual(['unsubscribe']);
    expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
    expect(error.details).toMatchObject([{ violations: [{ field: 'subscribe.subscriptions[0].shipment_id' }] }]);
  });
});
