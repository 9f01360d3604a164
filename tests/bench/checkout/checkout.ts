import { availableParallelism } from 'node:os';

import type { TestSuite } from '../../support/suite.ts';
import type { Bench, BenchContext } from '../bench.ts';
import { summarize, type Figures, type Summary } from '../figures.ts';
import { installPeers } from '../install-peers.ts';
import { databaseOf, startSagaSide, type SagaFigure, type SagaSide } from '../saga/side-process.ts';
import { openMarket } from './market.ts';
import { cpuBetween, cpuTimes, type CpuTimes } from './suite-cpu.ts';
import { checkoutText } from './text.ts';
import type { CheckoutFigure, CheckoutRound, Till } from './till.ts';

/** One row of orders: medians over the rounds. */
export type CheckoutRow = Summary<CheckoutFigure> & {
  readonly name: 'tradewind/checkout';
  readonly concurrency: number;
  /** Where `cpuMs` was spent, by process; "bench", the customers' side, is not in the sum. */
  readonly cpuMsByProcess: CpuTimes;
};

/** DBOS' six steps that do nothing, on the same server in the same run: medians over the rounds, at its best concurrency. */
export type StepsRow = Summary<StepsFigure> & { readonly name: 'dbos/six-no-op-steps'; readonly concurrency: number };

/** `suiteCpuShare` is what the suite, which stands by meanwhile, takes of the machine: 0 to 1. */
export type StepsFigure = SagaFigure | 'suiteCpuShare';

/** How long what is done. */
export interface CheckoutPlan {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpOrders: number;
  readonly warmUpConcurrency: number;
  readonly concurrencies: readonly number[];
  readonly stepsRoundMs: number;
  readonly stepsConcurrencies: readonly number[];
}

const FULL: CheckoutPlan = {
  rounds: 3,
  roundMs: 10_000,
  warmUpOrders: 1_000,
  warmUpConcurrency: 64,
  concurrencies: [1, 16, 64, 256],
  stepsRoundMs: 4_000,
  stepsConcurrencies: [16, 64, 256],
};
const QUICK: CheckoutPlan = {
  ...FULL,
  rounds: 1,
  roundMs: 300,
  warmUpOrders: 16,
  warmUpConcurrency: 16,
  concurrencies: [1, 16],
};

const STEPS = 'dbos/six-no-op-steps';

/**
 * Orders through the whole suite, all parts real, as `npm start` runs it: an empty shop is started, stocked and bought from. On
 * the suite's own PostgreSQL server, in turn with it, DBOS does six steps that do nothing.
 */
export const checkout: Bench = async (context) => {
  const { quick, progress, signal } = context;
  const plan = quick ? QUICK : FULL;
  const steps = await stepsWanted(context);
  await using stack = new AsyncDisposableStack();
  progress.step('checkout: the suite starts, and the shop is stocked');
  const { suite, till, postgres } = stack.use(await openMarket({ databases: [databaseOf('dbos')], signal }));
  progress.step('checkout: warms up');
  await till.warmUp(plan.warmUpConcurrency, plan.warmUpOrders);
  const side = steps.wanted ? stack.use(await startSagaSide('dbos', postgres.server)) : undefined;
  await side?.measure(64, 2 * plan.stepsRoundMs);

  const { orders, noOps } = await playRounds({ plan, till, suite, side, context });
  const rows = [...orders].map(([concurrency, results]): CheckoutRow => ({
    name: 'tradewind/checkout',
    concurrency,
    ...summarize(results.map(({ figures }) => figures)),
    cpuMsByProcess: medians(results.map(({ cpu }) => cpu)),
  }));
  const best = [...noOps]
    .map(([concurrency, results]): StepsRow => ({ name: STEPS, concurrency, ...summarize(results) }))
    .toSorted((a, b) => b.sagasPerSecond - a.sagasPerSecond)[0];
  return {
    rows: [...rows, ...(best === undefined ? [] : [best])],
    text: `${checkoutText(rows, best, plan)}${steps.note}`,
  };
};

/** Whether DBOS is to run and can; `note` says why not. */
async function stepsWanted({ rows, quick, progress, signal }: BenchContext) {
  if (quick || (rows !== undefined && !rows.includes(STEPS))) return { wanted: false, note: '' };
  const installed = await installPeers(progress, signal);
  if (installed.kind === 'installed') return { wanted: true, note: '' };
  return { wanted: false, note: `\nNot run, because npm could not install it: ${STEPS}.\n${installed.why}\n` };
}

interface Rounds {
  readonly plan: CheckoutPlan;
  readonly till: Till;
  readonly suite: TestSuite;
  readonly side: SagaSide | undefined;
  readonly context: BenchContext;
}

/** Orders and no-op steps in turn, so that whatever else the machine does meets both. */
async function playRounds({ plan, till, suite, side, context: { progress, signal } }: Rounds) {
  const orders = new Map<number, CheckoutRound[]>(plan.concurrencies.map((concurrency) => [concurrency, []]));
  const stepsConcurrencies = side === undefined ? [] : plan.stepsConcurrencies;
  const noOps = new Map<number, Figures<StepsFigure>[]>(stepsConcurrencies.map((concurrency) => [concurrency, []]));
  const parts = plan.rounds * (orders.size + noOps.size);
  let done = 0;
  for (let round = 1; round <= plan.rounds; round++) {
    const say = (what: string) =>
      progress.step(`checkout: round ${round} of ${plan.rounds}, ${what} at a time`, done++, parts);
    for (const [concurrency, results] of orders) {
      signal.throwIfAborted();
      say(`${concurrency} orders`);
      results.push(await till.round(concurrency, plan.roundMs));
    }
    for (const [concurrency, results] of noOps) {
      signal.throwIfAborted();
      say(`${concurrency} x six no-op steps of DBOS`);
      if (side !== undefined) results.push(await takeSteps(suite, () => side.measure(concurrency, plan.stepsRoundMs)));
    }
  }
  return { orders, noOps };
}

async function takeSteps(suite: TestSuite, measure: () => Promise<Figures<SagaFigure>>): Promise<Figures<StepsFigure>> {
  const before = cpuTimes(suite);
  const startedAtMs = performance.now();
  const figures = await measure();
  const capacityMs = (performance.now() - startedAtMs) * availableParallelism();
  // PostgreSQL works for the steps.
  const { bench: _bench, postgres: _postgres, ...standingBy } = cpuBetween(before, cpuTimes(suite));
  const spentMs = Object.values(standingBy).reduce((sum, ms) => sum + ms, 0);
  return { ...figures, suiteCpuShare: spentMs / capacityMs };
}

function medians(rounds: readonly CpuTimes[]): CpuTimes {
  const { min: _min, max: _max, ...medians } = summarize<string>(rounds);
  return medians as unknown as CpuTimes; // a process called "min" or "max" there is not
}
