import { setTimeout as delay } from 'node:timers/promises';

import { Etcd3 } from 'etcd3';

import { systemClock, systemRandom, type Random } from '../../../src/chassis/core/index.ts';
import { createEtcdRegistry, formatInstance } from '../../../src/chassis/registry/index.ts';
import { createRegistryResolver, endpointsOf } from '../../../src/chassis/resolver/index.ts';
import { eventually } from '../../support/eventually.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { registryBreaches } from '../../support/registry-truth.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { startTcpProxy, type TcpFault } from '../../support/tcp-proxy.ts';
import { rowResult, type RowResult, type RowSetting } from './row.ts';

const LIMIT_MS = 2_000;
const PROCESS = 'compacted';

const FAULTS: readonly TcpFault[] = [{ kind: 'reset' }, { kind: 'refuse' }, { kind: 'black hole' }];

/**
 * Scoreboard row 10: a resolver is cut off from etcd by a proxy; behind its back instances come, change and go, and what
 * happened is compacted away. Back in touch, it has to see what is true.
 */
export async function compactionWhileCutOff(
  options: Pick<RowSetting, 'etcd' | 'seed'> & { readonly rounds?: number },
): Promise<RowResult> {
  const { rounds = 20 } = options;
  const random = seededRandom(options.seed);
  await using etcd = await startEtcdProcess(options.etcd);
  const before = await resourceBaseline();
  await using proxy = await startTcpProxy(etcd.address);
  const truth = await writeInstances(etcd.address);
  const registry = await createEtcdRegistry({ endpoints: [proxy.address], clock: systemClock, random: systemRandom });
  const resolver = createRegistryResolver(registry.watch(PROCESS), systemClock);
  const resolved = () => endpointsOf(resolver.state).map(({ address, version }) => `${address}@${version}`);
  const agree = () => {
    const [seen, wanted] = [resolved().sort(), truth.wanted().sort()];
    if (String(seen) !== String(wanted)) throw new Error(`resolved ${seen.join(' ')}, true ${wanted.join(' ')}`);
  };
  for (let n = 0; n < 3; n++) await truth.change(random);
  await eventually(agree);

  const took: number[] = [];
  const breaches: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    const fault = pick(FAULTS, random);
    await proxy.set(fault);
    for (let changes = 1 + Math.floor(random.next() * 4); changes > 0; changes--) await truth.change(random);
    await truth.compact();
    await delay(random.next() * 500); // long enough for some of the attempts to come back to have failed
    await proxy.set({ kind: 'none' });
    const healedAt = performance.now();
    try {
      await eventually(agree, { timeoutMs: 5 * LIMIT_MS, intervalMs: 10 });
    } catch (error) {
      breaches.push(`round ${round} (${fault.kind}): ${String(error)}`);
    }
    took.push(performance.now() - healedAt);
  }
  const late = took.filter((ms) => ms > LIMIT_MS);
  if (late.length > 0) breaches.push(`${late.length} rounds took longer than ${LIMIT_MS} ms`);

  const live = truth.live();
  const addresses = endpointsOf(resolver.state).map(({ address }) => address);
  const place = { etcd: etcd.address, process: PROCESS, live, resolved: addresses.sort() };
  breaches.push(...(await registryBreaches(place)));
  await resolver.close();
  await registry.close();
  truth.close();
  await proxy.close();
  breaches.push(...(await resourceBreaches(before)));
  const figure = `resolver = truth in ${rounds - late.length} of ${rounds} rounds, at the latest after ${Math.round(Math.max(...took))} ms`;
  return rowResult(figure, breaches);
}

/** Writes registrations as other processes would, under leases of their own, and remembers what is true. */
async function writeInstances(endpoint: string) {
  const client = new Etcd3({ hosts: endpoint });
  const leases = new Map<string, { readonly lease: string; readonly address: string; version: number }>();
  let next = 1;
  let revision = '0';

  const put = async (id: string, lease: string, address: string, version: number) => {
    const value = formatInstance({
      ...{ process: PROCESS, id, address, weight: 100, zone: '', version: String(version) },
      ...{ startedAt: '', metadata: {} },
    });
    const key = Buffer.from(`/tradewind/services/${PROCESS}/${id}`);
    const { header } = await client.kv.put({ key, value: Buffer.from(value), lease });
    revision = header.revision;
    leases.set(id, { lease, address, version });
  };
  const come = async () => {
    const id = `i-${next++}`;
    const { ID } = await client.leaseClient.leaseGrant({ TTL: 600 });
    await put(id, ID, `127.0.0.1:${20_000 + next}`, 1);
  };
  const update = async (id: string) => {
    const known = leases.get(id);
    if (known !== undefined) await put(id, known.lease, known.address, known.version + 1);
  };
  const go = async (id: string) => {
    const known = leases.get(id);
    if (known === undefined) return;
    const { header } = await client.leaseClient.leaseRevoke({ ID: known.lease });
    revision = header.revision;
    leases.delete(id);
  };
  return {
    /** One comes, changes or goes; the last one stays. */
    async change(random: Random) {
      const draw = random.next();
      if (leases.size < 2 || draw < 0.4) await come();
      else if (draw < 0.7) await update(pick([...leases.keys()], random));
      else await go(pick([...leases.keys()], random));
    },
    compact: () => client.kv.compact({ revision, physical: true }),
    wanted: () => [...leases.values()].map(({ address, version }) => `${address}@${version}`),
    live: () => [...leases].map(([instance, { address }]) => ({ instance, address })),
    close: () => client.close(),
  };
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random.next() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
