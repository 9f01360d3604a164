import { describe } from '@jest/globals';
import { Etcd3 } from 'etcd3';

import { systemClock, systemRandom } from '../../src/chassis/core/index.ts';
import { createEtcdRegistry, createStaticRegistry, type Instance } from '../../src/chassis/registry/index.ts';
import { createConsulRegistry } from '../../src/chassis/registry/consul/index.ts';
import { embeddedTestEtcd, realTestEtcd, type TestEtcd } from '../integration/chassis/registry/etcd-servers.ts';
import { createDnsRegistry } from '../../src/chassis/registry/dns/index.ts';
import { startConsul } from '../support/consul/consul.ts';
import { startDnsServer } from '../support/dns-server.ts';
import { describeIf } from '../support/optional.ts';
import { hasRealEtcd } from '../support/real-etcd.ts';
import { describeRegistry, type RegistryUnderTest } from './registry.suite.ts';

const time = { clock: systemClock, random: systemRandom, requestTimeoutMs: 1_000 };

describe('the registry in the embedded etcd', () => {
  describeRegistry(
    () => etcd(embeddedTestEtcd),
    ['processes', 'registration', 'eviction', 'malformed values', 'values', 'outage'],
  );
});

describeIf(hasRealEtcd(), 'the registry in a real etcd', 'etcd', () => {
  describeRegistry(
    () => etcd(realTestEtcd),
    ['processes', 'registration', 'eviction', 'malformed values', 'values', 'outage'],
  );
});

describe('the registry in Consul', () => {
  describeRegistry(consul, ['processes', 'registration', 'eviction', 'malformed values', 'values', 'outage']);
});

describe('the static registry', () => {
  describeRegistry(fixed, ['processes']);
});

describe('the registry in the name system', () => {
  describeRegistry(names, []);
});

async function etcd(start: () => Promise<TestEtcd>): Promise<RegistryUnderTest> {
  const server = await start();
  const admin = new Etcd3({ hosts: server.endpoint });
  const keyOf = (instance: Pick<Instance, 'process' | 'id'>) =>
    `/tradewind/services/${instance.process}/${instance.id}`;
  return {
    open: (leaseTtlSeconds) => createEtcdRegistry({ endpoints: [server.endpoint], leaseTtlSeconds, ...time }),
    evict: async (instance) => void (await admin.delete().key(keyOf(instance))),
    putMalformed: async (process) => void (await admin.put(keyOf({ process, id: 'junk' })).value('not json')),
    putValue: async (key, value) =>
      void (value === undefined ? await admin.delete().key(key) : await admin.put(key).value(value)),
    outage: server,
    async [Symbol.asyncDispose]() {
      admin.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function consul(): Promise<RegistryUnderTest> {
  const server = await startConsul({ token: 'a-token' });
  const put = async (path: string, body?: string) => void (await server.request('PUT', path, body));
  return {
    open: async (leaseTtlSeconds) =>
      createConsulRegistry({ address: server.address, token: 'a-token', leaseTtlSeconds, ...time }),
    evict: ({ id }) => put(`/test/forget/${id}`),
    putMalformed: (process) =>
      put('/v1/agent/service/register', JSON.stringify({ ID: 'junk', Name: process, Port: 0 })),
    putValue: async (key, value) =>
      void (await server.request(value === undefined ? 'DELETE' : 'PUT', `/v1/kv${key}`, value)),
    outage: server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function fixed(): Promise<RegistryUnderTest> {
  let placed: readonly Instance[] = [];
  return {
    open: async () => createStaticRegistry(placed),
    async place(instances) {
      placed = instances;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function names(): Promise<RegistryUnderTest> {
  const server = await startDnsServer();
  const pattern = '_grpc._tcp.{process}.test';
  return {
    open: async () => createDnsRegistry({ pattern, servers: [server.address], ...time }),
    async place(instances) {
      const services = instances.map(({ process, address, weight }) => ({
        type: 'SRV' as const,
        name: pattern.replace('{process}', process),
        data: { target: 'host.test', port: Number(address.split(':')[1]), weight, priority: 0 },
      }));
      server.set([{ type: 'A', name: 'host.test', data: '127.0.0.1' }, ...services]);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
