import type { Bench } from '../bench.ts';
import { summarize, type Summary } from '../figures.ts';
import { openMarket } from './market.ts';
import { stylesText } from './styles-text.ts';
import type { CheckoutFigure, CheckoutRound, Till } from './till.ts';

/** How orders are moved: by a saga, or by events alone. */
export const STYLES = ['orchestration', 'choreography'] as const;

/** One row of orders in one style: medians over the rounds. */
export type StyleRow = Summary<CheckoutFigure> & {
  readonly name: (typeof STYLES)[number];
  readonly concurrency: number;
};

/** How long what is done. */
export interface StylesPlan {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpOrders: number;
  readonly concurrencies: readonly number[];
}

const FULL: StylesPlan = { rounds: 3, roundMs: 10_000, warmUpOrders: 600, concurrencies: [1, 16, 64] };
const QUICK: StylesPlan = { rounds: 1, roundMs: 300, warmUpOrders: 8, concurrencies: [1, 16] };

/** The same checkout in both styles, each in a suite of its own, in turn: whatever else the machine does meets both. */
export const styles: Bench = async ({ quick, rows: wanted, progress, signal }) => {
  const plan = quick ? QUICK : FULL;
  await using stack = new AsyncDisposableStack();
  const tills = new Map<StyleRow['name'], Till>();
  for (const name of STYLES.filter((style) => wanted?.includes(style) ?? true)) {
    progress.step(`styles: a suite by ${name} starts and warms up`);
    const { till } = stack.use(await openMarket({ args: ['--checkout', name], signal }));
    await till.warmUp(Math.max(...plan.concurrencies), plan.warmUpOrders);
    tills.set(name, till);
  }
  const parts = [...tills].flatMap(([name, till]) =>
    plan.concurrencies.map((concurrency) => ({ name, till, concurrency, results: [] as CheckoutRound[] })),
  );
  const inTurn = parts.toSorted((one, other) => one.concurrency - other.concurrency);
  let done = 0;
  for (let round = 1; round <= plan.rounds; round++) {
    for (const { name, till, concurrency, results } of inTurn) {
      signal.throwIfAborted();
      const what = `round ${round} of ${plan.rounds}, ${concurrency} orders at a time by ${name}`;
      progress.step(`styles: ${what}`, done++, plan.rounds * parts.length);
      results.push(await till.round(concurrency, plan.roundMs));
    }
  }
  const rows = inTurn.map(({ name, concurrency, results }): StyleRow => ({
    ...{ name, concurrency },
    ...summarize(results.map(({ figures }) => figures)),
  }));
  return { rows, text: stylesText(rows, plan) };
};
