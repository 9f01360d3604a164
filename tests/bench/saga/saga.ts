import type { Bench, BenchContext } from '../bench.ts';
import { startBenchPostgres } from '../bench-postgres.ts';
import { summarize, type Figures, type Summary } from '../figures.ts';
import { installPeers } from '../install-peers.ts';
import { CONCURRENCIES } from './peer.ts';
import { SAGA_PEERS } from './peers.ts';
import { startSagaSide, type SagaFigure, type SagaSide } from './side-process.ts';
import { sagaText } from './text.ts';

/** One row: medians over the rounds. */
export type SagaRow = Summary<SagaFigure> & { readonly name: string; readonly concurrency: number };

const FULL = { rounds: 5, roundMs: 2_000, warmUpMs: 8_000 } as const;
const QUICK = { rounds: 1, roundMs: 200, warmUpMs: 200 } as const;

/**
 * Six durable steps that do nothing, one process a peer, one PostgreSQL server with a database for each. The peers take
 * turns in short rounds, so that whatever else the machine does meets all of them alike.
 */
export const saga: Bench = async (context) => {
  const plan = context.quick ? QUICK : FULL;
  const peers = await availablePeers(context);
  await using stack = new AsyncDisposableStack();
  context.progress.step('saga: PostgreSQL starts');
  const { server, counters } = stack.use(await startBenchPostgres());
  const sides: SagaSide[] = [];
  for (const { name } of peers.chosen) {
    context.signal.throwIfAborted();
    context.progress.step(`saga: ${name} starts and warms up`);
    const place = { pid: server.pid, counters, ensureDatabase: server.ensureDatabase };
    const side = stack.use(await startSagaSide(name, place));
    sides.push(side);
    for (const concurrency of [64, 1]) await side.measure(concurrency, plan.warmUpMs / 2);
  }

  const rounds = new Map<string, Figures<SagaFigure>[]>();
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, concurrency] of CONCURRENCIES.entries()) {
      const done = round * CONCURRENCIES.length + index;
      const text = `saga: round ${round + 1} of ${plan.rounds}, ${concurrency} sagas at a time`;
      context.progress.step(text, done, plan.rounds * CONCURRENCIES.length);
      for (const side of done % 2 === 0 ? sides : sides.toReversed()) {
        context.signal.throwIfAborted();
        const key = `${concurrency} ${side.name}`;
        rounds.set(key, [...(rounds.get(key) ?? []), await side.measure(concurrency, plan.roundMs)]);
      }
    }
  }
  const rows = CONCURRENCIES.flatMap((concurrency) =>
    sides.map(({ name }): SagaRow => ({ name, concurrency, ...summarize(rounds.get(`${concurrency} ${name}`) ?? []) })),
  );
  return { rows, text: `${sagaText(rows, plan)}${peers.note}` };
};

/** The rows that were asked for and can be run; `note` says which ones cannot. */
async function availablePeers({ rows, quick, progress, signal }: BenchContext) {
  const wanted = SAGA_PEERS.filter(({ name }) => rows === undefined || rows.includes(name));
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
