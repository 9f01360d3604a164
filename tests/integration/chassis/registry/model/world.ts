import { expect } from '@jest/globals';
import { Etcd3 } from 'etcd3';

import { systemRandom, type Clock } from '../../../../../src/chassis/core/index.ts';
import { createEtcdRegistry, type Registration, type Registry } from '../../../../../src/chassis/registry/index.ts';
import { createRegistryResolver, endpointsOf, type Resolver } from '../../../../../src/chassis/resolver/index.ts';
import { eventually } from '../../../../support/eventually.ts';
import { startTcpProxy, type TcpFault, type TcpProxy } from '../../../../support/tcp-proxy.ts';
import { anInstance } from '../../../../support/watchers.ts';
import type { TestEtcd } from '../etcd-servers.ts';

export const PROCESS = 'echo';
const PREFIX = `/tradewind/services/${PROCESS}/`;

/** What hands write where registrations belong; none of it is one. */
export const HANDS_VALUES = { overwritten: 'not json', junk: '{}' };

/** The parts whose network can be cut: three processes that register, and one that resolves. */
export const SLOTS = ['one', 'two', 'three'] as const;
export type Slot = (typeof SLOTS)[number];
export type Part = Slot | 'resolver';

/** A process that registers, behind a network of its own. */
export interface Member {
  readonly registry: Registry;
  readonly registration: Registration;
  readonly proxy: TcpProxy;
}

/** What is really running. */
export interface World extends AsyncDisposable {
  readonly etcd: TestEtcd;
  readonly members: Map<Slot, Member>;
  register(slot: Slot, weight: number): Promise<void>;
  /** Ends a process's registration as its crash would: etcd is not told and never hears of it again. */
  kill(slot: Slot): Promise<void>;
  close(slot: Slot): Promise<void>;
  setNetwork(part: Part, fault: TcpFault): Promise<void>;
  /** Heals every network; then waits until I8 holds for these instances (by id) with these weights. */
  settle(live: ReadonlyMap<Slot, { readonly id: string; readonly weight: number }>): Promise<void>;
  /** Asks etcd directly, past every network, however often it takes. */
  admin<Answer>(question: (etcd: Etcd3) => Promise<Answer>): Promise<Answer>;
}

/** An etcd with one resolver and nobody registered. */
export async function startWorld(etcd: TestEtcd, clock: Clock): Promise<World> {
  const members = new Map<Slot, Member>();
  const dead: Member[] = [];
  const client = new Etcd3({ hosts: etcd.endpoint });
  const admin: World['admin'] = (question) => eventually(() => question(client), { timeoutMs: 15_000, intervalMs: 50 });
  const openRegistry = (proxy: TcpProxy) =>
    createEtcdRegistry({
      endpoints: [proxy.address],
      ...{ clock, random: systemRandom, leaseTtlSeconds: 2, requestTimeoutMs: 1_000 },
    });
  const resolverProxy = await startTcpProxy(etcd.endpoint);
  const resolverRegistry = await openRegistry(resolverProxy);
  const resolver = createRegistryResolver(resolverRegistry.watch(PROCESS), clock);

  const end = async ({ registration, registry, proxy }: Member) => {
    await registration.close();
    await registry.close();
    await proxy.close();
  };

  return {
    etcd,
    members,
    admin,
    async register(slot, weight) {
      const proxy = await startTcpProxy(etcd.endpoint);
      const registry = await openRegistry(proxy);
      const id = `${slot}-${systemRandom.bytes(4).join('')}`;
      const registration = registry.register(anInstance(`${id}:1`, { id, weight }));
      members.set(slot, { registry, registration, proxy });
    },
    async kill(slot) {
      const member = members.get(slot);
      if (member === undefined) return;
      members.delete(slot);
      dead.push(member);
      await member.proxy.set({ kind: 'refuse' });
      void member.registration.close(); // it talks to nobody
    },
    async close(slot) {
      const member = members.get(slot);
      members.delete(slot);
      if (member !== undefined) await end(member);
    },
    setNetwork: async (part, fault) => (part === 'resolver' ? resolverProxy : members.get(part)?.proxy)?.set(fault),
    async settle(live) {
      for (const { proxy } of [...members.values(), { proxy: resolverProxy }]) await proxy.set({ kind: 'none' });
      await eventually(() => holdsI8(client, resolver, members, live), { timeoutMs: 20_000, intervalMs: 25 });
    },
    async [Symbol.asyncDispose]() {
      await resolver.close();
      await resolverRegistry.close();
      await resolverProxy.close();
      await Promise.all([...members.values(), ...dead].map(end));
      client.close();
    },
  };
}

/** Resolver set = live set; every key has a lease, which is there; one key per instance; nobody holds a second lease. */
async function holdsI8(
  client: Etcd3,
  resolver: Resolver,
  members: ReadonlyMap<Slot, Member>,
  live: ReadonlyMap<Slot, { readonly id: string; readonly weight: number }>,
): Promise<void> {
  const wanted = [...live.values()].map(({ id, weight }) => `${id} ${weight}`).sort();
  const { kvs } = await client.getAll().prefix(PREFIX).exec();
  // Nobody else cleans up what hands wrote over the key of a process that left before it saw that.
  const isHands = (kv: (typeof kvs)[number]) => Object.values(HANDS_VALUES).includes(kv.value.toString());
  const ids = new Set([...live.values()].map(({ id }) => id));
  const left = kvs.filter((kv) => isHands(kv) && !ids.has(kv.key.toString().slice(PREFIX.length)));
  for (const kv of left) await client.delete().key(kv.key).exec();
  const keys = kvs.filter((kv) => !isHands(kv));
  const listed = keys.map((kv) => JSON.parse(kv.value.toString()) as { id: string; weight: number });
  expect(listed.map(({ id, weight }) => `${id} ${weight}`).sort()).toEqual(wanted);

  const leases = (await client.leaseClient.leaseLeases()).leases.map(({ ID }) => ID).sort();
  const held = [...members.values()].map(({ registration: { state } }) =>
    state.kind === 'registered' ? state.leaseId : state.kind,
  );
  expect(keys.map((kv) => kv.lease).sort()).toEqual(held.sort());
  expect(leases).toEqual(held);

  const resolved = endpointsOf(resolver.state).map(({ address, weight }) => `${address.split(':')[0]} ${weight}`);
  // A list of nobody is not believed: the resolver goes on with whom it knew last.
  if (wanted.length > 0) expect(resolved.sort()).toEqual(wanted);
}
