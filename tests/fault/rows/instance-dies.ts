import { setTimeout as delay } from 'node:timers/promises';

import { systemClock, systemRandom } from '../../../src/chassis/core/index.ts';
import { createEtcdRegistry } from '../../../src/chassis/registry/index.ts';
import { connectCounterClients, transportBreaches, warmUp } from '../../support/counter-clients.ts';
import { startCounterFleet } from '../../support/counter-fleet.ts';
import { loadBreaches, startLoad } from '../../support/counter-load.ts';
import { eventually } from '../../support/eventually.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { registryBreaches } from '../../support/registry-truth.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { errorBreach, rowResult, type RowResult, type RowSetting } from './row.ts';

const LEASE_TTL_SECONDS = 2;
const LIMIT_MS = LEASE_TTL_SECONDS * 1_000 + 1_000;

/** Scoreboard row 7: kill -9 of one of three under load. */
export async function instanceDies(
  options: RowSetting & {
    readonly callsPerSecond?: number;
    /** Other processes' views of the registry, each on a connection of its own; default 5. */
    readonly resolvers?: number;
    /** Of load before the kill, and again after the dead one was dropped; default 2,000. */
    readonly steadyMs?: number;
  },
): Promise<RowResult> {
  const { callsPerSecond = 500, resolvers = 5, steadyMs = 2_000 } = options;
  await using etcd = await startEtcdProcess(options.etcd);
  await using fleet = await startCounterFleet({ etcd, size: 3, leaseTtlSeconds: LEASE_TTL_SECONDS });
  const place = { etcd: etcd.address, transport: options.transport };
  await warmUp(place);
  const before = await resourceBaseline();
  const clients = await connectCounterClients(place);
  const registries = await Promise.all(Array.from({ length: resolvers }, () => openRegistry(etcd.address)));
  const watchers = registries.map((registry) => registry.watch('counter'));
  const views = () => [
    clients.resolved,
    ...watchers.map(({ instances }) => (instances ?? []).map(({ address }) => address)),
  ];
  await eventually(() => {
    if (views().some((view) => view.length !== 3)) throw new Error('not every resolver knows all three');
  });

  const load = startLoad(clients, { callsPerSecond, random: seededRandom(options.seed) });
  await delay(steadyMs);
  const [victim] = fleet.running;
  if (victim === undefined) throw new Error('nobody runs');
  const killedAt = performance.now();
  await victim.kill();
  await eventually(
    () => {
      if (views().some((view) => view.includes(victim.address))) throw new Error('it is still listed');
    },
    { timeoutMs: 4 * LIMIT_MS, intervalMs: 10 },
  );
  const goneMs = performance.now() - killedAt;
  await delay(steadyMs);
  const report = await load.end();

  const live = fleet.running;
  const breaches = [
    ...(goneMs > LIMIT_MS ? [`gone from every resolver after ${Math.round(goneMs)} ms`] : []),
    ...errorBreach('errors on idempotent calls', report.idempotentErrors),
    ...(await transportBreaches(clients, options.transport)),
    ...loadBreaches(report, fleet.record()),
    ...(await registryBreaches({ etcd: etcd.address, process: 'counter', live, resolved: clients.resolved })),
  ];
  await clients.close();
  await Promise.all(registries.map((registry) => registry.close()));
  breaches.push(...(await resourceBreaches(before)));
  const figure =
    `gone from ${views().length} resolvers in ${Math.round(goneMs)} ms; ${report.sent} calls, ` +
    `${report.idempotentErrors.length} errors on idempotent ones, ${report.otherErrors.length} on others; ` +
    `slowest ${Math.round(report.slowestMs)} ms`;
  return rowResult(figure, breaches);
}

function openRegistry(etcd: string) {
  return createEtcdRegistry({ endpoints: [etcd], clock: systemClock, random: systemRandom });
}
