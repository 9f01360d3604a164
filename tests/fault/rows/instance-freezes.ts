import { setTimeout as delay } from 'node:timers/promises';

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

/**
 * Beside row 7: one of three is stopped (SIGSTOP) until its lease is gone, and wakes up believing that it is registered.
 * Calls that it held run into their deadlines; whatever begins once it is dropped has to succeed, nothing is applied
 * twice, and awake it registers again.
 */
export async function instanceFreezes(
  options: RowSetting & { readonly callsPerSecond?: number; readonly steadyMs?: number },
): Promise<RowResult> {
  const { callsPerSecond = 500, steadyMs = 2_000 } = options;
  const random = seededRandom(options.seed);
  await using etcd = await startEtcdProcess(options.etcd);
  await using fleet = await startCounterFleet({ etcd, size: 3, leaseTtlSeconds: LEASE_TTL_SECONDS });
  const place = { etcd: etcd.address, transport: options.transport };
  await warmUp(place);
  const before = await resourceBaseline();
  const clients = await connectCounterClients(place);
  await eventually(() => {
    if (clients.resolved.length !== 3) throw new Error('not all three are known');
  });

  const during = startLoad(clients, { callsPerSecond, random });
  await delay(steadyMs);
  const [victim] = fleet.running;
  if (victim === undefined) throw new Error('nobody runs');
  const frozenAt = performance.now();
  victim.freeze();
  await eventually(
    () => {
      if (clients.resolved.includes(victim.address)) throw new Error('it is still listed');
    },
    { timeoutMs: 4 * LIMIT_MS, intervalMs: 10 },
  );
  const goneMs = performance.now() - frozenAt;
  const held = during.end();
  const afterwards = startLoad(clients, { callsPerSecond, random, prefix: 'after' });
  await delay(steadyMs);
  victim.thaw();
  const thawedAt = performance.now();
  await eventually(
    () => {
      if (!clients.resolved.includes(victim.address)) throw new Error('it has not come back');
    },
    { timeoutMs: 4 * LIMIT_MS, intervalMs: 10 },
  );
  const backMs = performance.now() - thawedAt;
  const [first, second] = await Promise.all([held, afterwards.end()]);

  const record = fleet.record();
  const live = fleet.running;
  const breaches = [
    ...(goneMs > LIMIT_MS ? [`gone after ${Math.round(goneMs)} ms`] : []),
    ...(backMs > LIMIT_MS ? [`back ${Math.round(backMs)} ms after it woke up`] : []),
    ...errorBreach('errors after it was dropped', [...second.idempotentErrors, ...second.otherErrors]),
    ...(await transportBreaches(clients, options.transport)),
    ...loadBreaches(first, record),
    ...loadBreaches(second, record),
    ...(await registryBreaches({ etcd: etcd.address, process: 'counter', live, resolved: clients.resolved })),
  ];
  await clients.close();
  breaches.push(...(await resourceBreaches(before)));
  const figure =
    `dropped after ${Math.round(goneMs)} ms, back ${Math.round(backMs)} ms after it woke up; ` +
    `${first.idempotentErrors.length + first.otherErrors.length} of ${first.sent} calls lost to it, ` +
    `${second.idempotentErrors.length + second.otherErrors.length} of ${second.sent} later ones`;
  return rowResult(figure, breaches);
}
