import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { RegistryServiceDefinition } from '../../../../gen/tradewind/registry/v1/registry.ts';
import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import { AppError, systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { createRegistryView, REGISTERED_THROUGH } from '../../../../src/chassis/registry-view/index.ts';
import { createEtcdRegistry, createStaticRegistry } from '../../../../src/chassis/registry/index.ts';
import { createEmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { failure, violatedFields } from '../../../support/service.ts';
import { newInstance } from '../../../contract/registry.suite.ts';
import { startViewProcess } from './view-process.ts';

let etcd: Awaited<ReturnType<typeof createEmbeddedEtcd>>;
let served: Awaited<ReturnType<typeof startViewProcess>>;
const clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
const registryClient = () => clients.client(RegistryServiceDefinition, `static:///${served.grpc}`);

beforeAll(async () => {
  etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
  served = await startViewProcess(etcd.address, 'profile-1');
});
afterAll(async () => {
  await clients.close();
  await served?.stop();
  await etcd?.close();
});

const instance = { process: 'legacy', id: 'g-1', address: '127.0.0.1:7001' };

describe('RegistryService', () => {
  it('discovers, registers, keeps and withdraws', async () => {
    const client = registryClient();
    expect((await client.listProcesses({})).processes).toEqual(['profile']);
    const registered = await client.register({ instance });
    expect(registered.ttlSeconds).toBe(15);
    expect(registered.expireTime!.getTime()).toBeGreaterThan(systemClock.now());

    const { instances } = await client.discover({ process: 'legacy' });
    expect(instances).toMatchObject([{ ...instance, weight: 100, transports: ['plain'] }]);
    expect(instances[0]?.metadata[REGISTERED_THROUGH]).toBe('profile-1');
    expect(instances[0]?.startTime).toBeInstanceOf(Date);
    await client.heartbeat({ process: 'legacy', id: 'g-1' });
    await client.deregister({ process: 'legacy', id: 'g-1' });
    expect((await client.discover({ process: 'legacy' })).instances).toEqual([]);
    expect(await failure(client.heartbeat({ process: 'legacy', id: 'g-1' }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'REGISTRATION_NOT_FOUND',
      domain: 'profile.tradewind',
    });
  });

  it('streams the list and its changes, and nothing again after the position of the one that is known', async () => {
    const client = registryClient();
    const stop = new AbortController();
    const positions: string[] = [];
    const lists: number[] = [];
    const watching = (async () => {
      for await (const { instances, position } of client.watch({ process: 'streamed' }, { signal: stop.signal })) {
        lists.push(instances.length);
        positions.push(position);
      }
    })().catch((error: unknown) => error);
    await eventually(() => expect(lists).toStrictEqual([0]));
    await client.register({ instance: { ...instance, process: 'streamed' } });
    await eventually(() => expect(lists).toStrictEqual([0, 1]));
    stop.abort();
    expect(await watching).toBeInstanceOf(Error);

    const resumed: number[] = [];
    const again = new AbortController();
    const resuming = (async () => {
      const request = { process: 'streamed', afterPosition: positions[1]! };
      for await (const { instances } of client.watch(request, { signal: again.signal })) resumed.push(instances.length);
    })().catch((error: unknown) => error);
    await client.deregister({ process: 'streamed', id: 'g-1' });
    await eventually(() => expect(resumed).toStrictEqual([0]));
    again.abort();
    await resuming;
  });

  it('names the fields that break a rule', async () => {
    const client = registryClient();
    expect(violatedFields(await failure(client.discover({ process: 'No' })))).toEqual(['process']);
    expect(violatedFields(await failure(client.register({ instance: { ...instance, address: ':1' } })))).toEqual([
      'instance.address',
    ]);
    expect(violatedFields(await failure(client.register({})))).toEqual(['instance']);
  });
});

describe('createRegistryView', () => {
  const signal = new AbortController().signal;
  const request = (id: string) => ({
    instance: {
      ...{ process: 'legacy', id, address: 'a:1', weight: undefined, zone: '', version: '', startTime: undefined },
      ...{ adminAddress: '', metadata: {}, transports: [] },
    },
    ttlSeconds: 300,
  });

  it('keeps so many registrations and serves so many watches, and no more', async () => {
    await using registry = await createEtcdRegistry({
      ...{ endpoints: [etcd.address], clock: systemClock, random: systemRandom },
    });
    const limits = { maxRegistrations: 2, maxWatches: 1 };
    await using view = createRegistryView({ registry, instance: 'test', clock: systemClock, ...limits });
    await Promise.all(['l-1', 'l-2'].map((id) => view.handlers.register(request(id), signal)));
    await view.handlers.register(request('l-2'), signal); // one that is kept already
    expect(await failure(view.handlers.register(request('l-3'), signal))).toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      reason: 'TOO_MANY_REGISTRATIONS',
    });

    const stop = new AbortController();
    const first = view.handlers.watch({ process: 'legacy', afterPosition: '' }, stop.signal);
    await first.next();
    expect(() => view.handlers.assertRoomToWatch()).toThrow(AppError);
    const second = view.handlers.watch({ process: 'legacy', afterPosition: '' }, stop.signal);
    expect(await failure(second.next())).toMatchObject({ reason: 'TOO_MANY_WATCHES' });
    await first.return();
    expect(() => view.handlers.assertRoomToWatch()).not.toThrow();
  });

  it('keeps one registration when a program registers many times at once', async () => {
    await using registry = await createEtcdRegistry({
      ...{ endpoints: [etcd.address], clock: systemClock, random: systemRandom },
    });
    await using view = createRegistryView({ registry, instance: 'test', clock: systemClock, maxRegistrations: 1 });
    await Promise.all(Array.from({ length: 20 }, () => view.handlers.register(request('many'), signal)));
    expect((await registry.list('legacy')).filter(({ id }) => id === 'many')).toHaveLength(1);
  });

  it('takes nothing on that cannot be listed: a fixed list, a registry that is away', async () => {
    await using view = createRegistryView({
      registry: createStaticRegistry([newInstance('x')]),
      instance: 't',
      clock: systemClock,
    });
    expect(await failure(view.handlers.register(request('x'), signal))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'REGISTRY_READ_ONLY',
    });

    await using away = await createEtcdRegistry({
      ...{ endpoints: ['127.0.0.1:1'], clock: systemClock, random: systemRandom, requestTimeoutMs: 300 },
    });
    await using blind = createRegistryView({ registry: away, instance: 't', clock: systemClock });
    expect(await failure(blind.handlers.register(request('x'), signal))).toMatchObject({
      reason: 'REGISTRY_UNAVAILABLE',
    });
    await expect(blind.handlers.heartbeat({ process: 'legacy', id: 'x' })).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
  });
});
