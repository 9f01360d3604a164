import { setTimeout as delay } from 'node:timers/promises';

import { connectCounterClients, transportBreaches, warmUp } from '../../support/counter-clients.ts';
import { startCounterFleet, type CounterFleet } from '../../support/counter-fleet.ts';
import { loadBreaches, startLoad } from '../../support/counter-load.ts';
import { eventually } from '../../support/eventually.ts';
import { askAdminPort } from '../../support/admin-port.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { registeredKeys, registryBreaches } from '../../support/registry-truth.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { errorBreach, rowResult, type RowResult, type RowSetting } from './row.ts';

const LIMIT_MS = 3_000;

/** Scoreboard row 9: etcd is killed, stays away, and comes back: with its data (real) or without (embedded). */
export async function registryOutage(
  options: RowSetting & { readonly outageMs?: number; readonly callsPerSecond?: number },
): Promise<RowResult> {
  const { outageMs = 15_000, callsPerSecond = 500 } = options;
  await using etcd = await startEtcdProcess(options.etcd);
  await using fleet = await startCounterFleet({ etcd, size: 3 });
  const place = { etcd: etcd.address, transport: options.transport };
  await warmUp(place);
  const before = await resourceBaseline();
  const clients = await connectCounterClients(place);
  const load = startLoad(clients, { callsPerSecond, random: seededRandom(options.seed) });
  await eventually(() => {
    if (clients.resolved.length !== 3) throw new Error('not all three are known');
  });

  await etcd.kill();
  await delay(outageMs);
  await etcd.start();
  const backAt = performance.now();
  await eventually(() => everybodyIsRegistered(fleet), { timeoutMs: 5 * LIMIT_MS, intervalMs: 50 });
  const registeredMs = performance.now() - backAt;
  // What was restored beside what was registered anew has to be gone within a lease: the invariant must hold to stay.
  await delay(2_500);
  const report = await load.end();

  const live = fleet.running;
  const breaches = [
    ...(registeredMs > LIMIT_MS ? [`all registered ${Math.round(registeredMs)} ms after etcd was back`] : []),
    ...errorBreach('errors on idempotent calls', report.idempotentErrors),
    ...errorBreach('errors on other calls', report.otherErrors),
    ...(await transportBreaches(clients, options.transport)),
    ...loadBreaches(report, fleet.record()),
    ...(await registryBreaches({ etcd: etcd.address, process: 'counter', live, resolved: clients.resolved })),
  ];
  await clients.close();
  breaches.push(...(await resourceBreaches(before, etcd.address)));
  const figure =
    `${outageMs / 1_000} s without etcd: ${report.sent} calls, ` +
    `${report.idempotentErrors.length + report.otherErrors.length} errors, slowest ${Math.round(report.slowestMs)} ms; ` +
    `registered again ${Math.round(registeredMs)} ms after its return`;
  return rowResult(figure, breaches);
}

/** Etcd lists them, and each of them says itself that it is registered. */
async function everybodyIsRegistered({ etcd, running }: CounterFleet): Promise<void> {
  const keys = await registeredKeys(etcd.address, 'counter');
  for (const { instance, admin } of running) {
    if (!keys.some((key) => key.instance === instance)) throw new Error(`${instance} is not listed`);
    const { body } = await askAdminPort(admin, '/metrics');
    if (!/^tradewind_registered\{.*\} 1$/m.test(body)) throw new Error(`${instance} says that it is not registered`);
  }
}
