import { describe, expect, it } from '@jest/globals';

import { HealthCheckResponse_ServingStatus as Status } from '../../../../gen/health/v1/health.ts';
import { systemClock } from '../../../../src/chassis/core/index.ts';
import { createHealthMonitor, type Finding } from '../../../../src/chassis/health/index.ts';
import { serve } from './serve.ts';

/** A server that stands on a database and on neighbours. */
async function serveWithComponents() {
  const found: Record<string, Finding> = { database: { status: 'healthy' }, neighbours: { status: 'healthy' } };
  const monitor = createHealthMonitor({ clock: systemClock });
  for (const name of Object.keys(found)) await monitor.set(name, async () => found[name]);
  const serving = await serve({}, { components: monitor });
  return { found, monitor, serving };
}

describe('createHealth over components', () => {
  it('serves while one is degraded, and says so under its name', async () => {
    const { found, monitor, serving } = await serveWithComponents();
    await using _serving = serving;
    found['neighbours'] = { status: 'degraded', why: 'payment is away' };
    await monitor.look();

    await expect(serving.health.check({})).resolves.toEqual({ status: Status.SERVING });
    await expect(serving.health.check({ service: 'component.database' })).resolves.toEqual({ status: Status.SERVING });
    const { statuses } = await serving.health.list({});
    expect(statuses['component.neighbours']).toEqual({ status: Status.NOT_SERVING });
    await expect(serving.health.check({ service: 'component.moon' })).rejects.toThrow('NOT_FOUND');
  });

  it('does not serve while one is unhealthy, and tells watchers of the process and of the component', async () => {
    const { found, monitor, serving } = await serveWithComponents();
    await using _serving = serving;
    const whole = serving.health.watch({})[Symbol.asyncIterator]();
    const component = serving.health.watch({ service: 'component.database' })[Symbol.asyncIterator]();
    expect((await whole.next()).value).toEqual({ status: Status.SERVING });
    expect((await component.next()).value).toEqual({ status: Status.SERVING });

    found['database'] = { status: 'unhealthy', why: 'connection refused' };
    await monitor.look();

    expect((await whole.next()).value).toEqual({ status: Status.NOT_SERVING });
    expect((await component.next()).value).toEqual({ status: Status.NOT_SERVING });
    await Promise.all([whole.return?.(), component.return?.()]);
  });
});
