import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { connectCounterClients, transportBreaches, warmUp } from '../../support/counter-clients.ts';
import { startCounterFleet } from '../../support/counter-fleet.ts';
import { loadBreaches, startLoad } from '../../support/counter-load.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { followForEver } from './follow.ts';
import { errorBreach, rowResult, type RowResult, type RowSetting } from './row.ts';

/** A share of the heap that a run may leave behind: compiled code, caches that were not full. */
const MAX_HEAP_GROWTH_MB = 16;

/** A steady rate of calls and open streams while replicas are replaced one after the other, without pause. */
export async function soak(
  options: RowSetting & { readonly minutes?: number; readonly callsPerSecond?: number; readonly streams?: number },
): Promise<RowResult> {
  const { minutes = 5, callsPerSecond = 500, streams: streamCount = 20 } = options;
  const random = seededRandom(options.seed);
  await using etcd = await startEtcdProcess(options.etcd);
  await using fleet = await startCounterFleet({ etcd, size: 3 });
  const place = { etcd: etcd.address, transport: options.transport };
  await warmUp(place);
  const before = await resourceBaseline();
  const heapBeforeMb = heapMb();
  const clients = await connectCounterClients(place);
  const load = startLoad(clients, { callsPerSecond, random });
  const streams = Array.from({ length: streamCount }, () => followForEver(clients, random));
  const breaches: string[] = [];
  let restarts = 0;
  const endsAt = performance.now() + minutes * 60_000;
  while (performance.now() < endsAt) {
    const [oldest] = fleet.running;
    if (oldest === undefined) throw new Error('nobody runs');
    const { code, ms } = await oldest.terminate();
    if (code !== 0 || ms > 5_000) breaches.push(`${oldest.instance} exited with ${code} after ${Math.round(ms)} ms`);
    await fleet.add();
    restarts += 1;
  }
  const report = await load.end();
  await Promise.all(streams.map((stream) => stream.end()));
  breaches.push(...(await transportBreaches(clients, options.transport)));
  await clients.close();
  breaches.push(
    ...errorBreach('errors', [...report.idempotentErrors, ...report.otherErrors]),
    ...errorBreach(
      'broken streams',
      streams.flatMap(({ errors }) => errors),
    ),
    ...loadBreaches(report, fleet.record()),
    ...(await resourceBreaches(before)),
  );
  const calls = report.sent;
  const opened = streams.reduce((sum, stream) => sum + stream.opened, 0);
  const grewMb = heapMb() - heapBeforeMb;
  if (grewMb > MAX_HEAP_GROWTH_MB) breaches.push(`the heap grew by ${grewMb.toFixed(1)} MB`);
  const figure =
    `${minutes} min, ${restarts} restarts, ${calls} calls, ` +
    `${report.idempotentErrors.length + report.otherErrors.length} errors, slowest ${Math.round(report.slowestMs)} ms; ` +
    `${streamCount} streams resumed ${opened - streamCount} times; descriptors, sessions and timers at the baseline` +
    ` of ${before.descriptors}, ${before.sessions}, ${before.timers}; heap ${grewMb.toFixed(1)} MB over ${heapBeforeMb.toFixed(1)}`;
  return rowResult(figure, breaches);
}

/** What is left after a full collection. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1_048_576;
}
