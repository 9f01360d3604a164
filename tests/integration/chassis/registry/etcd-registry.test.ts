import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';

import { newId, systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { createEtcdRegistry, type Instance, type Registry } from '../../../../src/chassis/registry/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { describeIf } from '../../../support/optional.ts';
import { hasRealEtcd } from '../../../support/real-etcd.ts';
import { embeddedTestEtcd, realTestEtcd, type TestEtcd } from './etcd-servers.ts';

registryContract('createEtcdRegistry with the embedded etcd', true, embeddedTestEtcd);
registryContract('createEtcdRegistry with a real etcd', hasRealEtcd(), realTestEtcd);

function registryContract(name: string, available: boolean, startEtcd: () => Promise<TestEtcd>): void {
  describeIf(available, name, 'etcd', () => {
    let etcd: TestEtcd;
    let admin: Etcd3;
    const open: Registry[] = [];

    beforeAll(async () => {
      etcd = await startEtcd();
      admin = new Etcd3({ hosts: etcd.endpoint });
    });
    afterAll(async () => {
      await Promise.all(open.map((registry) => registry.close()));
      admin.close();
      await etcd[Symbol.asyncDispose]();
    });

    const newRegistry = async (leaseTtlSeconds = 2) => {
      const registry = await createEtcdRegistry({
        endpoints: [etcd.endpoint],
        clock: systemClock,
        random: systemRandom,
        leaseTtlSeconds,
        requestTimeoutMs: 1_000,
      });
      open.push(registry);
      return registry;
    };
    const ids = (instances: readonly Instance[] | undefined) => instances?.map((instance) => instance.id);
    const keyOf = (instance: Instance) => `/tradewind/services/${instance.process}/${instance.id}`;
    const leaseCount = async () => (await admin.leaseClient.leaseLeases()).leases.length;

    /** Without the leases of earlier tests, which end by themselves. */
    const settledLeaseCount = async () => {
      await Promise.all(open.splice(0).map((registry) => registry.close()));
      return leaseCount();
    };

    it('registers an instance under its key, and another registry lists and watches it', async () => {
      const [a, b] = [await newRegistry(), await newRegistry()];
      const instance = newInstance('listed');
      await a.register(instance).registered();
      expect(await b.list('listed')).toEqual([instance]);
      expect(await b.list('list')).toEqual([]);
      const watcher = b.watch('listed');
      await eventually(() => expect(watcher.instances).toEqual([instance]));
      expect(JSON.parse((await admin.get(keyOf(instance)).string()) ?? '')).toMatchObject({ id: instance.id });
    });

    it('tells a watch of each instance that comes, and of one that closes at once', async () => {
      const registry = await newRegistry(30);
      const watcher = registry.watch('moving');
      const first = registry.register(newInstance('moving'));
      const second = registry.register(newInstance('moving'));
      await eventually(() => expect(watcher.instances).toHaveLength(2));
      const revoked: unknown[] = [];
      first.events.on('revoked', (event) => revoked.push(event));
      await first.close();
      expect(revoked).toEqual([{}]);
      expect(first.state).toEqual({ kind: 'revoked' });
      await eventually(() => expect(ids(watcher.instances)).toEqual([second.instance.id]), { timeoutMs: 2_000 });
    });

    it('does not see the instances of a process whose name only begins the same', async () => {
      const registry = await newRegistry();
      await registry.register(newInstance('user-admin')).registered();
      const user = newInstance('user');
      const watcher = registry.watch('user');
      await registry.register(user).registered();
      await eventually(() => expect(ids(watcher.instances)).toEqual([user.id]));
    });

    it('keeps its lease alive past its TTL', async () => {
      const registry = await newRegistry(1);
      const registration = registry.register(newInstance('lasting'));
      const lost: unknown[] = [];
      registration.events.on('lost', (event) => lost.push(event));
      await registration.registered();
      const firstLease = registration.state;
      const until = systemClock.monotonicMs() + 2_500;
      await eventually(async () => {
        expect(await registry.list('lasting')).toHaveLength(1);
        expect(systemClock.monotonicMs()).toBeGreaterThan(until);
      });
      expect(lost).toEqual([]);
      expect(registration.state).toMatchObject({ kind: 'registered', leaseId: Object(firstLease).leaseId });
    });

    it('registers again, with one key and one lease, after its lease was revoked or its key deleted', async () => {
      const leasesBefore = await settledLeaseCount();
      const registry = await newRegistry(6); // so long that a lease left behind is still there when they are counted
      const registration = registry.register(newInstance('robbed'));
      const lost: unknown[] = [];
      registration.events.on('lost', (event) => lost.push(event));
      await registration.registered();
      const key = keyOf(registration.instance);

      const { leaseId } = Object(registration.state) as { leaseId: string };
      await admin.leaseClient.leaseRevoke({ ID: leaseId });
      await eventually(async () => expect(await admin.get(key).exists()).toBe(true));
      await eventually(async () => expect(lost).toHaveLength(1));
      await eventually(() => expect(registration.state.kind).toBe('registered'));

      await admin.delete().key(key);
      await eventually(async () => expect(lost).toHaveLength(2));
      await eventually(async () => expect(await admin.get(key).exists()).toBe(true));
      await eventually(async () => expect(await leaseCount()).toBe(leasesBefore + 1), { timeoutMs: 2_000 });
    });

    it('ignores and tells values that are no registration, and keeps an earlier good one', async () => {
      const registry = await newRegistry();
      const good = newInstance('mixed');
      await registry.register(good).registered();
      await admin.put('/tradewind/services/mixed/junk').value('not json');
      const watcher = registry.watch('mixed');
      const malformed: string[] = [];
      watcher.events.on('malformed', ({ key }) => malformed.push(key));
      await eventually(() => expect(ids(watcher.instances)).toEqual([good.id]));
      expect(malformed).toEqual(['/tradewind/services/mixed/junk']);
      await admin.put('/tradewind/services/mixed/more').value('{"address":"nowhere"}');
      await eventually(() => expect(malformed).toHaveLength(2));
      expect(ids(watcher.instances)).toEqual([good.id]);
      await admin.delete().prefix('/tradewind/services/mixed/');
    });

    it('finds the truth again after an outage with changes and a compaction in it', async () => {
      const registry = await newRegistry(2);
      const watcher = registry.watch('outage');
      const registration = registry.register(newInstance('outage'));
      await eventually(() => expect(watcher.instances).toHaveLength(1));

      await etcd.stop();
      await eventually(() => expect(watcher.state.kind).toBe('listing'));
      await eventually(() => expect(registration.state.kind).toBe('granting'));
      expect(watcher.instances).toHaveLength(1);
      await etcd.start();
      const startedMs = systemClock.monotonicMs();
      const other = newInstance('outage');
      await eventually(() => admin.put(keyOf(other)).value(JSON.stringify(other)).exec());
      const { header } = await admin.put('noise').value('1').exec();
      await admin.kv.compact({ revision: header.revision });

      await eventually(() => expect(registration.state.kind).toBe('registered'));
      const wanted = [registration.instance.id, other.id].sort();
      await eventually(() => expect(ids(watcher.instances)).toEqual(wanted));
      expect(systemClock.monotonicMs() - startedMs).toBeLessThan(3_000);
      await admin.delete().key(keyOf(other));
      await eventually(() => expect(ids(watcher.instances)).toEqual([registration.instance.id]));
    });

    it('closes while etcd is away, within the time of one request', async () => {
      const registry = await newRegistry();
      const registration = registry.register(newInstance('closing'));
      await registration.registered();
      const watcher = registry.watch('closing');
      await etcd.stop();
      const startedMs = systemClock.monotonicMs();
      await registry.close();
      expect(systemClock.monotonicMs() - startedMs).toBeLessThan(2_500);
      expect(registration.state.kind).toBe('revoked');
      expect(watcher.state.kind).toBe('closed');
      expect(() => registry.watch('closing')).toThrow('closed');
      await etcd.start();
    });
  });
}

function newInstance(process: string): Instance {
  return {
    process,
    id: newId(),
    address: '127.0.0.1:50051',
    weight: 100,
    zone: 'a',
    version: '1.0.0',
    startedAt: '2025-01-01T00:00:00Z',
    metadata: { transport: 'grpc' },
  };
}
