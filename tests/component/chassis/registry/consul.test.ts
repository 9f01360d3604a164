import { Writable } from 'node:stream';

import { afterEach, describe, expect, it } from '@jest/globals';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { startService } from '../../../../src/chassis/lifecycle/index.ts';
import { createConsulRegistry, type Registry } from '../../../../src/chassis/registry/index.ts';
import { newInstance } from '../../../contract/registry.suite.ts';
import { startConsul, type ConsulProcess } from '../../../support/consul/consul.ts';
import { eventually } from '../../../support/eventually.ts';
import { profileService } from '../lifecycle/profile-service.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

const open: Registry[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()));
});

function registryAt(
  consul: ConsulProcess,
  options: Partial<Parameters<typeof createConsulRegistry>[0]> = {},
): Registry {
  const registry = createConsulRegistry({
    ...{ address: consul.address, clock: systemClock, random: systemRandom },
    ...{ leaseTtlSeconds: 2, requestTimeoutMs: 500, waitMs: 1_000, ...options },
  });
  open.push(registry);
  return registry;
}

describe('a process with REGISTRY_URL=consul://...', () => {
  it('registers there, is found by a client of consul:///<process>, and is called on while Consul is gone', async () => {
    await using consul = await startConsul({ token: 'secret-token' });
    await using service = await startService(
      profileService(),
      {
        REGISTRY_URL: `consul://${consul.address}`,
        CONSUL_HTTP_TOKEN: 'secret-token',
        ETCD_LEASE_TTL_SECONDS: '2',
        ...{ INSTANCE_ID: 'profile-1', SHUTDOWN_GRACE_MS: '0', DRAIN_TIMEOUT_MS: '500' },
      },
      { logTo: nowhere },
    );
    const registry = registryAt(consul, { token: 'secret-token' });
    await using factory = createClientFactory({ from: 'test', registry });
    const client = factory.client(UserServiceDefinition, 'consul:///profile');

    expect((await client.getUser({ userId: ID })).user?.displayName).toContain('profile-1');
    expect(await registry.list('profile')).toMatchObject([{ id: 'profile-1', address: service.grpc }]);

    await consul.stop();
    for (let n = 0; n < 5; n++) await client.getUser({ userId: ID });
    await consul.start();
    await eventually(async () => expect(await registry.list('profile')).toHaveLength(1));
  });

  it('refuses a target of another registry', async () => {
    await using consul = await startConsul();
    await using factory = createClientFactory({ from: 'test', registry: registryAt(consul) });
    expect(() => factory.client(UserServiceDefinition, 'etcd:///profile')).toThrow('whose registry is consul');
  });
});

describe('createConsulRegistry', () => {
  it('no longer lists who stopped its heartbeats without a word', async () => {
    await using consul = await startConsul();
    const watcher = registryAt(consul).watch('order');
    const body = { ID: 'dead', Name: 'order', Address: '127.0.0.1', Port: 1, Check: { TTL: '1s', Status: 'passing' } };
    await consul.request('PUT', '/v1/agent/service/register', JSON.stringify(body));

    await eventually(() => expect(watcher.instances).toMatchObject([{ id: 'dead', weight: 100 }]));
    await eventually(() => expect(watcher.instances).toEqual([]));
  });

  it('starts again when the index goes backwards, and says that the registry has lost what it knew', async () => {
    await using consul = await startConsul();
    const registry = registryAt(consul);
    const watcher = registry.watch('order');
    const registration = registry.register(newInstance('order'));
    await registration.registered();
    for (let n = 1; n <= 5; n++) await registration.update({ weight: n });
    await eventually(() => expect(watcher.instances).toMatchObject([{ weight: 5 }]));
    const resets: unknown[] = [];
    watcher.events.on('instances', ({ afterReset }) => resets.push(afterReset));

    await consul.request('PUT', '/test/wipe');
    await eventually(() => expect(resets[0]).toBe(true));
    await eventually(() => expect(watcher.instances).toEqual([registration.instance]));
  });

  it('finds out that a Consul is frozen, keeps what it knew, and demotes itself before its TTL', async () => {
    await using consul = await startConsul();
    const registry = registryAt(consul);
    const watcher = registry.watch('order');
    const registration = registry.register(newInstance('order'));
    await registration.registered();
    await eventually(() => expect(watcher.instances).toHaveLength(1));

    consul.freeze();
    await eventually(() => expect(registration.state.kind).not.toBe('registered'));
    await eventually(() => expect(watcher.state.kind).toBe('listing'));
    expect(watcher.instances).toHaveLength(1);
    consul.thaw();
    await eventually(() => expect(registration.state.kind).toBe('registered'));
    await eventually(() => expect(watcher.instances).toEqual([registration.instance]));
  });

  it('registers again at the first heartbeat that the agent does not know, long before its TTL', async () => {
    await using consul = await startConsul();
    const registry = registryAt(consul, { leaseTtlSeconds: 12 }); // a heartbeat every 4 s, given up after 8 s
    const registration = registry.register(newInstance('order'));
    const lost: unknown[] = [];
    registration.events.on('lost', ({ error }) => lost.push(error));
    await registration.registered();

    await consul.request('PUT', `/test/forget/${registration.instance.id}`);
    await eventually(async () => expect(await registry.list('order')).toHaveLength(1), { timeoutMs: 7_500 });
    expect(lost).toMatchObject([{ status: 404 }]);
  });

  it('says who refused it: a wrong token', async () => {
    await using consul = await startConsul({ token: 'right' });
    const registration = registryAt(consul, { token: 'wrong' }).register(newInstance('order'));
    const failed: unknown[] = [];
    registration.events.on('failed', ({ error }) => failed.push(error));
    await eventually(() => expect(failed).not.toEqual([]));
    expect(failed[0]).toMatchObject({ status: 403, message: 'Consul answered 403: Permission denied' });
  });

  it('writes the last of several updates made at once', async () => {
    await using consul = await startConsul();
    const registry = registryAt(consul);
    const registration = registry.register(newInstance('order'));
    await Promise.all([1, 2, 3].map((weight) => registration.update({ weight })));
    expect(await registry.list('order')).toMatchObject([{ weight: 3 }]);
  });
});
