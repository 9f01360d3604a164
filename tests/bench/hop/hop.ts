import { createEmbeddedEtcd } from '../../../src/embedded/etcd/index.ts';
import type { Bench, BenchContext } from '../bench.ts';
import { summarize, type Figures, type Summary } from '../figures.ts';
import { installPeers } from '../install-peers.ts';
import { startCollector } from './collector.ts';
import { BASELINE, PEERS, type PeerEntry } from './peers.ts';
import { assertReplySize } from './question.ts';
import { startSide, type HopSide } from './side-process.ts';
import { hopText } from './text.ts';

/** What is measured in each round. */
export type HopFigure = 'callsPerSecond' | 'p50Ms' | 'p99Ms' | 'clientCpuUs' | 'serverCpuUs' | 'ratio' | 'cpuRatio';

/**
 * One row: medians over the rounds. `ratio` is the calls per second over grpc-js's in the same round, `cpuRatio` the CPU
 * time of a call, both sides together, over grpc-js's: on a busy machine the steadier of the two.
 */
export type HopRow = Summary<HopFigure> & { readonly name: string; readonly concurrency: number };

const FULL = { rounds: 5, roundMs: 700, warmUpMs: 1_500, concurrencies: [1, 32, 256] } as const;
const QUICK = { rounds: 1, roundMs: 50, warmUpMs: 50, concurrencies: [1, 32, 256] } as const;

interface Pair {
  readonly name: string;
  readonly server: HopSide;
  readonly client: HopSide;
}

/**
 * One unary call from one process to another, through each peer. All peers stand ready all the time and take turns in
 * short rounds, so that whatever else the machine does meets all of them alike.
 */
export const hop: Bench = async (context) => {
  assertReplySize();
  const plan = context.quick ? QUICK : FULL;
  await using stack = new AsyncDisposableStack();
  const collector = stack.use(await startCollector());
  const pairs: Pair[] = [];
  const peers = await availablePeers(context);
  for (const entry of peers.chosen) {
    context.signal.throwIfAborted();
    context.progress.step(`hop: ${entry.name} starts`);
    pairs.push(await startPair(entry, collector.address, stack));
  }
  for (const { name, client } of pairs) {
    context.signal.throwIfAborted();
    context.progress.step(`hop: ${name} warms up`);
    await client.load(32, plan.warmUpMs);
  }

  const samples = new Map<string, Figures<HopFigure>[]>();
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, concurrency] of plan.concurrencies.entries()) {
      const done = round * plan.concurrencies.length + index;
      const text = `hop: round ${round + 1} of ${plan.rounds}, ${concurrency} calls at a time`;
      context.progress.step(text, done, plan.rounds * plan.concurrencies.length);
      const measured = await measureInTurn(rotate(pairs, done), concurrency, plan.roundMs, context.signal);
      for (const [name, figures] of measured) append(samples, `${concurrency} ${name}`, figures);
    }
  }
  const rows = plan.concurrencies.flatMap((concurrency) =>
    pairs.map(({ name }): HopRow => {
      const rounds = samples.get(`${concurrency} ${name}`) ?? [];
      return { name, concurrency, ...summarize(rounds) };
    }),
  );
  return { rows, text: `${hopText(rows, plan)}${peers.note}` };
};

/** The rows that were asked for and can be run; `note` says which ones cannot. */
async function availablePeers({ rows, quick, progress, signal }: BenchContext) {
  // The baseline always runs: without it there is no ratio.
  const wanted = PEERS.filter(({ name }) => name === BASELINE || rows === undefined || rows.includes(name));
  const own = wanted.filter(({ isInstalledApart }) => !isInstalledApart);
  if (quick || own.length === wanted.length) return { chosen: own, note: '' };
  const installed = await installPeers(progress, signal);
  if (installed.kind === 'installed') return { chosen: wanted, note: '' };
  const left = wanted.filter((entry) => !own.includes(entry)).map(({ name }) => name);
  return {
    chosen: own,
    note: `\nNot run, because npm could not install them: ${left.join(', ')}.\n${installed.why}\n`,
  };
}

/** Each pair has an etcd of its own: two rows are the same process otherwise, and would find each other. */
async function startPair({ name }: PeerEntry, collector: string, stack: AsyncDisposableStack): Promise<Pair> {
  const etcd = stack.use(await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 }));
  const server = stack.use(await startSide(['serve', name, etcd.address, collector]));
  const client = stack.use(await startSide(['call', name, etcd.address, collector, server.address]));
  return { name, server, client };
}

async function measureInTurn(
  pairs: readonly Pair[],
  concurrency: number,
  durationMs: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Figures<HopFigure>>> {
  const measured = new Map<string, Figures<Exclude<HopFigure, 'ratio' | 'cpuRatio'>>>();
  for (const pair of pairs) {
    signal.throwIfAborted();
    measured.set(pair.name, await measure(pair, concurrency, durationMs));
  }
  const baseline = measured.get(BASELINE);
  const cpuUs = (figures = baseline) => (figures?.clientCpuUs ?? NaN) + (figures?.serverCpuUs ?? NaN);
  return new Map(
    [...measured].map(([name, figures]) => [
      name,
      {
        ...figures,
        ratio: figures.callsPerSecond / (baseline?.callsPerSecond ?? NaN),
        cpuRatio: cpuUs(figures) / cpuUs(),
      },
    ]),
  );
}

async function measure({ server, client }: Pair, concurrency: number, durationMs: number) {
  const cpuBefore = await server.cpuUs();
  const { count, seconds, p50Ms, p99Ms, cpuUs } = await client.load(concurrency, durationMs);
  const serverCpuUs = (await server.cpuUs()) - cpuBefore;
  return {
    callsPerSecond: count / seconds,
    p50Ms,
    p99Ms,
    clientCpuUs: cpuUs / count,
    serverCpuUs: serverCpuUs / count,
  };
}

/** Who begins changes from turn to turn. */
function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  list.push(value);
}
