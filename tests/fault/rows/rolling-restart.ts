import { connectCounterClients, transportBreaches, warmUp } from '../../support/counter-clients.ts';
import { startCounterFleet } from '../../support/counter-fleet.ts';
import { loadBreaches, startLoad } from '../../support/counter-load.ts';
import { eventually } from '../../support/eventually.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { registryBreaches } from '../../support/registry-truth.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { followForEver } from './follow.ts';
import { errorBreach, rowResult, type RowResult, type RowSetting } from './row.ts';

const EXIT_LIMIT_MS = 5_000;

/** Scoreboard row 8: replicas are replaced one after the other, by SIGTERM, under calls and open streams. */
export async function rollingRestart(
  options: RowSetting & {
    readonly drains?: number;
    readonly calls?: number;
    readonly streams?: number;
    readonly callsPerSecond?: number;
  },
): Promise<RowResult> {
  const { drains = 10, calls = 20_000, streams: streamCount = 20, callsPerSecond = 800 } = options;
  const random = seededRandom(options.seed);
  await using etcd = await startEtcdProcess(options.etcd);
  await using fleet = await startCounterFleet({ etcd, size: 3 });
  const place = { etcd: etcd.address, transport: options.transport };
  await warmUp(place);
  const before = await resourceBaseline();
  const clients = await connectCounterClients(place);
  const load = startLoad(clients, { callsPerSecond, random });
  const streams = Array.from({ length: streamCount }, () => followForEver(clients, random));
  const breaches: string[] = [];
  const exits: number[] = [];

  for (let drain = 0; drain < drains; drain++) {
    const [oldest] = fleet.running;
    if (oldest === undefined) throw new Error('nobody runs');
    const { code, ms } = await oldest.terminate();
    exits.push(ms);
    if (code !== 0) breaches.push(`${oldest.instance} exited with ${code}`);
    if (ms > EXIT_LIMIT_MS) breaches.push(`${oldest.instance} took ${Math.round(ms)} ms to exit`);
    await fleet.add();
  }
  const report = await load.end(calls);
  const reached = streams.map(({ last }) => last);
  await eventually(() => {
    if (streams.some(({ last }, n) => last <= (reached[n] ?? 0n))) throw new Error('a stream stands');
  }).catch(() => breaches.push('a stream stood still at the end'));
  await Promise.all(streams.map((stream) => stream.end()));

  const live = fleet.running;
  const resolved = () => clients.resolved;
  await eventually(() => {
    if (resolved().length !== live.length) throw new Error('the resolver is behind');
  }).catch(() => undefined); // told by the invariant below
  const opened = streams.reduce((sum, stream) => sum + stream.opened, 0);
  breaches.push(
    ...errorBreach('errors on idempotent calls', report.idempotentErrors),
    ...errorBreach('errors on other calls', report.otherErrors),
    ...errorBreach(
      'broken streams',
      streams.flatMap(({ errors }) => errors),
    ),
    ...errorBreach(
      'gaps or repetitions in streams',
      streams.flatMap(({ disorder }) => disorder),
    ),
    ...(opened === streamCount ? ['no stream was ever resumed'] : []),
    ...(await transportBreaches(clients, options.transport)),
    ...loadBreaches(report, fleet.record()),
    ...(await registryBreaches({ etcd: etcd.address, process: 'counter', live, resolved: resolved() })),
  );
  await clients.close();
  breaches.push(...(await resourceBreaches(before)));
  const elements = streams.reduce((sum, { received }) => sum + received, 0);
  const figure =
    `${drains} drains, exit within ${Math.round(Math.max(...exits))} ms; ${report.sent} calls, ` +
    `${report.idempotentErrors.length + report.otherErrors.length} errors, slowest ${Math.round(report.slowestMs)} ms; ` +
    `${streamCount} streams resumed ${opened - streamCount} times, ${elements} positions, none lost or twice`;
  return rowResult(figure, breaches);
}
