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

    it('writes an instance as JSON under its own key and lease', async () => {
      const registry = await newRegistry();
      const instance = newInstance('listed');
      const registration = registry.register(instance);
      await registration.registered();
      const { kvs } = await admin.get(keyOf(instance)).exec();
      expect(kvs.map((kv) => JSON.parse(kv.value.toString()))).toEqual([instance]);
      expect(registration.state).toMatchObject({ kind: 'registered', leaseId: kvs[0]?.lease });
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
