import type { Bench, BenchContext } from '../bench.ts';
import { summarize, type Figures, type Summary } from '../figures.ts';
import { cockatielSubjects } from './cockatiel-subjects.ts';
import { startPairs, VARIANTS, type HopPair, type Variant } from './hop-sides.ts';
import { bare, type Subject } from './subject.ts';
import { resilienceText } from './text.ts';
import { policySubjects, synchronousSubjects } from './tradewind-subjects.ts';

/** What one call costs, in nanoseconds. */
export type CostRow = Summary<'nsPerCall'> & { readonly name: string };

/** What is measured of a hop. `ratio` is the calls per second over those with everything off, in the same round. */
export type HopFigure = 'callsPerSecond' | 'p50Ms' | 'p99Ms' | 'clientCpuUs' | 'serverCpuUs' | 'ratio' | 'cpuRatio';

/** One hop with every policy of client and server on, or off. */
export type HopRow = Summary<HopFigure> & { readonly name: `hop/${Variant}`; readonly concurrency: number };

const CONCURRENCIES = [32, 256] as const;
const FULL = { rounds: 31, callsPerRound: 2_000, warmUpCalls: 50_000, hopRounds: 25, hopMs: 300, hopWarmUpMs: 1_500 };
const QUICK = { rounds: 1, callsPerRound: 100, warmUpCalls: 100, hopRounds: 1, hopMs: 50, hopWarmUpMs: 50 };

/** How much is measured. */
export type Plan = typeof FULL;

/** What policies cost: each by itself, as a chain, beside cockatiel's; and a whole hop with all of them and with none. */
export const resilience: Bench = async (context) => {
  const plan = context.quick ? QUICK : FULL;
  const isWanted = (name: string) => context.rows === undefined || context.rows.includes(name);
  const costs = await measureCosts(plan, isWanted, context);
  const hops = VARIANTS.some((variant) => isWanted(`hop/${variant}`)) ? await measureHops(plan, context) : [];
  return { rows: [...costs, ...hops], text: resilienceText({ costs, hops, plan }) };
};

async function measureCosts(
  plan: Plan,
  isWanted: (name: string) => boolean,
  { progress, signal }: BenchContext,
): Promise<readonly CostRow[]> {
  const all: readonly Subject[] = [bare, ...synchronousSubjects(), ...policySubjects(), ...cockatielSubjects()];
  const subjects = all
    .filter(({ name }) => isWanted(name))
    .map((subject) => ({ ...subject, rounds: [] as Figures<'nsPerCall'>[] }));
  progress.step('resilience: policies warm up');
  for (const { run } of subjects) await run(plan.warmUpCalls);
  for (let round = 0; round < plan.rounds; round++) {
    signal.throwIfAborted();
    progress.step('resilience: policies', round, plan.rounds);
    for (const { run, rounds } of subjects) rounds.push({ nsPerCall: await run(plan.callsPerRound) });
  }
  return subjects.map(({ name, rounds }): CostRow => ({ name, ...summarize(rounds) }));
}

async function measureHops(plan: Plan, { progress, signal }: BenchContext): Promise<readonly HopRow[]> {
  await using stack = new AsyncDisposableStack();
  progress.step('resilience: hop starts');
  const pairs = await startPairs(stack);
  for (const { client } of pairs) await client.load(32, plan.hopWarmUpMs);
  const rounds = new Map<string, Figures<HopFigure>[]>();
  const total = plan.hopRounds * CONCURRENCIES.length;
  for (let turn = 0; turn < total; turn++) {
    signal.throwIfAborted();
    progress.step('resilience: hop', turn, total);
    const concurrency = CONCURRENCIES[turn % CONCURRENCIES.length]!; // an index below the length
    // Who begins changes from round to round.
    const order = Math.floor(turn / CONCURRENCIES.length) % 2 === 0 ? pairs : pairs.toReversed();
    for (const [name, figures] of await measureRound(order, concurrency, plan.hopMs)) {
      const key = `${name} ${concurrency}`;
      rounds.set(key, [...(rounds.get(key) ?? []), figures]);
    }
  }
  return CONCURRENCIES.flatMap((concurrency) =>
    VARIANTS.map((variant): HopRow => {
      const name = `hop/${variant}` as const;
      return { name, concurrency, ...summarize(rounds.get(`${name} ${concurrency}`) ?? []) };
    }),
  );
}

async function measureRound(
  pairs: readonly HopPair[],
  concurrency: number,
  durationMs: number,
): Promise<ReadonlyMap<string, Figures<HopFigure>>> {
  const measured = new Map<Variant, Figures<Exclude<HopFigure, 'ratio' | 'cpuRatio'>>>();
  for (const { variant, server, client } of pairs) {
    const cpuBefore = await server.cpuUs();
    const { count, seconds, p50Ms, p99Ms, cpuUs } = await client.load(concurrency, durationMs);
    const serverCpuUs = ((await server.cpuUs()) - cpuBefore) / count;
    measured.set(variant, { callsPerSecond: count / seconds, p50Ms, p99Ms, clientCpuUs: cpuUs / count, serverCpuUs });
  }
  const off = measured.get('off');
  const cpuOf = (figures: typeof off) => (figures?.clientCpuUs ?? NaN) + (figures?.serverCpuUs ?? NaN);
  return new Map(
    [...measured].map(([variant, figures]) => [
      `hop/${variant}`,
      {
        ...figures,
        ratio: figures.callsPerSecond / (off?.callsPerSecond ?? NaN),
        cpuRatio: cpuOf(figures) / cpuOf(off),
      },
    ]),
  );
}
