import { describe, expect, it } from '@jest/globals';

import { HealthCheckResponse_ServingStatus as Status } from '../../../../gen/health/v1/health.ts';
import { failureOf, serve } from './serve.ts';

const USERS = 'tradewind.user.v1.UserService';

describe('createHealth', () => {
  it('answers Check for the process and for each service, and NOT_FOUND for others', async () => {
    await using serving = await serve();

    await expect(serving.health.check({})).resolves.toEqual({ status: Status.SERVING });
    await expect(serving.health.check({ service: USERS })).resolves.toEqual({ status: Status.SERVING });
    serving.server.health.set('not-serving');
    await expect(serving.health.check({ service: USERS })).resolves.toEqual({ status: Status.NOT_SERVING });

    const error = await failureOf((onTrailer) => serving.health.check({ service: 'a.B' }, { onTrailer }));
    expect(error).toMatchObject({ status: 'NOT_FOUND', reason: 'SERVICE_UNKNOWN' });
  });

  it('lists the process and every service', async () => {
    await using serving = await serve();

    const { statuses } = await serving.health.list({});

    expect(Object.keys(statuses).sort()).toEqual(['', 'tradewind.shipping.v1.ShippingService', USERS]);
    expect(statuses[USERS]).toEqual({ status: Status.SERVING });
  });

  it('tells a watcher the state now and every change of it', async () => {
    await using serving = await serve();
    const watch = serving.health.watch({ service: USERS })[Symbol.asyncIterator]();

    expect((await watch.next()).value).toEqual({ status: Status.SERVING });
    serving.server.health.set('not-serving');
    expect((await watch.next()).value).toEqual({ status: Status.NOT_SERVING });
    serving.server.health.set('serving');
    expect((await watch.next()).value).toEqual({ status: Status.SERVING });
    await watch.return?.();
  });

  it('tells a watcher of an unknown service so, and keeps the stream open', async () => {
    await using serving = await serve();
    const watch = serving.health.watch({ service: 'a.B' })[Symbol.asyncIterator]();

    expect((await watch.next()).value).toEqual({ status: Status.SERVICE_UNKNOWN });
    const further = await Promise.race([watch.next(), serving.health.check({}).then(() => 'still open')]);

    expect(further).toBe('still open');
    await serving.server.close().catch(() => undefined);
  });
});
