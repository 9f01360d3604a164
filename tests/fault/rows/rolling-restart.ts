import { resumable } from '../../../src/chassis/client/index.ts';
import { AppError, type Random } from '../../../src/chassis/core/index.ts';
import { connectCounterClients, warmUp, type CounterClients } from '../../support/counter-clients.ts';
import { startCounterFleet } from '../../support/counter-fleet.ts';
import { loadBreaches, startLoad } from '../../support/counter-load.ts';
import { eventually } from '../../support/eventually.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { registryBreaches } from '../../support/registry-truth.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { errorBreach, rowResult, type RowResult, type RowSetting } from './row.ts';

const EXIT_LIMIT_MS = 5_000;

/** Milliseconds between two positions of a stream. */
const STREAM_PACE_MS = 20;

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
  const reached = streams.map(({ positions }) => positions.length);
  await eventually(() => {
    if (streams.some(({ positions }, n) => positions.length <= (reached[n] ?? 0))) throw new Error('a stream stands');
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
      streams.flatMap(({ positions }) => disorder(positions)),
    ),
    ...(opened === streamCount ? ['no stream was ever resumed'] : []),
    ...loadBreaches(report, fleet.record()),
    ...(await registryBreaches({ etcd: etcd.address, process: 'counter', live, resolved: resolved() })),
  );
  await clients.close();
  breaches.push(...(await resourceBreaches(before)));
  const elements = streams.reduce((sum, { positions }) => sum + positions.length, 0);
  const figure =
    `${drains} drains, exit within ${Math.round(Math.max(...exits))} ms; ${report.sent} calls, ` +
    `${report.idempotentErrors.length + report.otherErrors.length} errors, slowest ${Math.round(report.slowestMs)} ms; ` +
    `${streamCount} streams resumed ${opened - streamCount} times, ${elements} positions, none lost or twice`;
  return rowResult(figure, breaches);
}

/** A stream that is resumed through every restart, with all positions it brought. */
function followForEver({ client }: CounterClients, random: Random) {
  const leave = new AbortController();
  const positions: bigint[] = [];
  const errors: string[] = [];
  const stream = {
    positions: positions as readonly bigint[],
    errors: errors as readonly string[],
    opened: 0,
    async end() {
      leave.abort();
      await running;
    },
  };
  const open: typeof client.follow = (request, options) => {
    stream.opened += 1;
    return client.follow(request, options);
  };
  const run = async () => {
    const all = resumable(
      open,
      {
        request: { locale: String(STREAM_PACE_MS), message: '0' },
        position: ({ message }) => message,
        resume: (request, message) => ({ ...request, message }),
      },
      { signal: leave.signal, random },
    );
    try {
      for await (const { message } of all) positions.push(BigInt(message));
      errors.push('a stream without end ended');
    } catch (error) {
      if (!leave.signal.aborted) errors.push(String(AppError.from(error).message));
    }
  };
  const running = run();
  return stream;
}

/** Positions count from 1 without gaps. */
function disorder(positions: readonly bigint[]): readonly string[] {
  const at = positions.findIndex((position, index) => position !== BigInt(index) + 1n);
  return at === -1 ? [] : [`position ${positions[at]} came as number ${at + 1}`];
}
