import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';
import { createChannel, createClient } from 'nice-grpc';

import { HealthDefinition } from '../../../../gen/health/v1/health.ts';
import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { createEmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';
import { startService, type StartOptions, type Wiring } from '../../../../src/chassis/lifecycle/index.ts';
import { createEtcdRegistry, createStaticRegistry } from '../../../../src/chassis/registry/index.ts';
import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { profileService } from './profile-service.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

function start(wiring: Partial<Wiring> = {}, environment: Record<string, string> = {}, options: StartOptions = {}) {
  return startService(
    profileService(wiring),
    { SHUTDOWN_GRACE_MS: '0', DRAIN_TIMEOUT_MS: '500', INSTANCE_ID: 'profile-1', ...environment },
    { registry: createStaticRegistry([]), logTo: nowhere, ...options },
  );
}

const get = async (address: string, path: string) => {
  const response = await fetch(`http://${address}${path}`);
  return { status: response.status, text: await response.text() };
};

describe('startService', () => {
  it('serves calls, health and the admin port once it has started', async () => {
    await using service = await start({}, { GREETING: 'ahoy' });
    const channel = createChannel(service.grpc);

    const { user } = await createClient(UserServiceDefinition, channel).getUser({ userId: ID });
    const health = await createClient(HealthDefinition, channel).check({});
    channel.close();

    expect(user?.displayName).toBe('ahoy from profile profile-1');
    expect(health.status).toBe(1);
    expect((await get(service.http, '/health/live')).status).toBe(200);
    const ready = await get(service.http, '/health/ready');
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text)).toMatchObject({
      status: 'ready',
      health: 'healthy',
      components: {
        grpc: { status: 'healthy' },
        registry: { status: 'healthy' },
        neighbours: { status: 'healthy', parts: [] },
        background: { status: 'healthy', parts: [] },
      },
    });
    const metrics = await get(service.http, '/metrics');
    expect(metrics.text).toMatch(/tradewind_server_call_duration_seconds_count\{.*GetUser.*status="OK".*\} 1/);
    expect(metrics.text).toMatch(/tradewind_server_calls_total\{.*transport="plain".*\} 1/);
    expect(metrics.text).toMatch(/tradewind_server_shared_streams\{.*\} 0/);
    expect((await get(service.http, '/nothing')).status).toBe(404);
  });

  it('registers where it can be reached, and leaves the registry before it stops to serve', async () => {
    await using etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    await using registry = await createEtcdRegistry({
      endpoints: [etcd.address],
      clock: systemClock,
      random: systemRandom,
    });
    const service = await start({ metadata: { colour: 'red' } }, { SHUTDOWN_GRACE_MS: '400', ZONE: 'b' }, { registry });

    expect(await registry.list('profile')).toEqual([
      expect.objectContaining({
        id: 'profile-1',
        address: service.grpc,
        adminAddress: service.http,
        zone: 'b',
        metadata: { colour: 'red' },
        transports: ['plain', 'multiplexed'],
      }),
    ]);

    const channel = createChannel(service.grpc);
    const client = createClient(UserServiceDefinition, channel);
    const stopped = service.stop();
    await eventually(async () => expect(await registry.list('profile')).toEqual([]), { intervalMs: 5 });

    expect(service.server.health.state).toBe('not-serving');
    await expect(client.getUser({ userId: ID })).resolves.toMatchObject({ user: { id: ID } });
    await stopped;
    channel.close();
  });

  it('says the truth about its registration: in readiness, with since when and why, and in the metrics', async () => {
    let etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    const port = Number(etcd.address.split(':')[1]);
    await using registry = await createEtcdRegistry({
      endpoints: [etcd.address],
      clock: systemClock,
      random: systemRandom,
      leaseTtlSeconds: 2,
    });
    await using service = await start({}, { WEIGHT: '7' }, { registry });
    const metric = async (name: string) => {
      const { text } = await get(service.http, '/metrics');
      return Number(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'm').exec(text)?.[1]);
    };
    expect(await registry.list('profile')).toEqual([expect.objectContaining({ weight: 7 })]);
    expect(await metric('tradewind_registered')).toBe(1);
    expect(await metric('tradewind_registry_losses_total')).toBe(0);
    expect(await metric('tradewind_registry_keepalive_age_seconds')).toBeLessThan(2);

    await etcd.close();
    const degraded = await eventually(async () => {
      const { text } = await get(service.http, '/health/ready');
      expect(JSON.parse(text)).toMatchObject({ components: { registry: { status: 'degraded' } } });
      return text;
    });
    expect(JSON.parse(degraded)).toMatchObject({ status: 'ready', health: 'degraded' }); // it serves those who know it
    expect(Object(JSON.parse(degraded)).components.registry.why).toMatch(
      /^registration is (lost|granting), not listed for \d+\.\d s.*: /,
    );
    expect(await metric('tradewind_registered')).toBe(0);

    etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port });
    await eventually(async () => {
      expect(JSON.parse((await get(service.http, '/health/ready')).text)).toMatchObject({ health: 'healthy' });
    });
    expect(await metric('tradewind_registered')).toBe(1);
    expect(await metric('tradewind_registry_losses_total')).toBeGreaterThanOrEqual(1);
    expect(await metric('tradewind_registry_registrations_total')).toBeGreaterThanOrEqual(2);
    await service.stop();
    await etcd.close();
  });

  it('runs background work until it drains, again when it fails, and shows that it is failing', async () => {
    const runs: string[] = [];
    const service = await start({
      background: [
        {
          name: 'poller',
          async run(signal) {
            runs.push('run');
            if (runs.length === 1) throw new Error('the first time');
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
            runs.push('end');
          },
        },
      ],
    });

    const failing = await get(service.http, '/health/ready');
    expect(failing.status).toBe(200);
    expect(JSON.parse(failing.text)).toMatchObject({
      components: { background: { status: 'degraded', why: 'poller: the first time' } },
    });
    await eventually(() => expect(runs).toEqual(['run', 'run']));
    await service.stop();

    expect(runs).toEqual(['run', 'run', 'end']);
  });

  it('says which component is not ready', async () => {
    await using service = await start({
      checks: {
        async smtp() {
          throw new Error('connection refused');
        },
      },
    });

    const ready = await get(service.http, '/health/ready');

    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text)).toMatchObject({
      status: 'not-ready',
      components: { smtp: { status: 'unhealthy', why: 'connection refused' }, grpc: { status: 'healthy' } },
    });
  });

  it('closes in reverse what it opened, whatever hangs or fails', async () => {
    const closed: string[] = [];
    const service = await start({
      background: [{ name: 'stubborn', run: () => new Promise(() => undefined) }],
      async close() {
        closed.push('wiring');
        throw new Error('no');
      },
    });

    const startedMs = performance.now();
    await Promise.all([service.stop(), service.stop()]);

    expect(closed).toEqual(['wiring']);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    await expect(fetch(`http://${service.http}/health/live`)).rejects.toThrow();
  });

  it('leaves nothing open when it cannot start', async () => {
    await using other = await start();
    const port = other.grpc.split(':')[1] ?? '';
    let closed = false;

    const failed = start({ close: async () => void (closed = true) }, { PORT: port });

    await expect(failed).rejects.toThrow(/EADDRINUSE|No address/);
    expect(closed).toBe(true);
  });

  it('gives a start up when its signal fires while the registry is away', async () => {
    const stop = new AbortController();
    const options = { signal: stop.signal, logTo: nowhere };
    const environment = { ETCD_ENDPOINTS: '127.0.0.1:1', SHUTDOWN_GRACE_MS: '0', DRAIN_TIMEOUT_MS: '100' };
    const failed = startService(profileService(), environment, options);

    setImmediate(() => stop.abort());

    await expect(failed).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('refuses to run a service that reads a database it does not declare', async () => {
    await expect(
      startService(
        { ...profileService(), wire: async ({ database }) => ({ grpc: [], x: await database.ping() }) },
        {},
        {
          registry: createStaticRegistry([]),
          logTo: nowhere,
        },
      ),
    ).rejects.toThrow('profile reads database.ping and declares no migrations');
  });
});
