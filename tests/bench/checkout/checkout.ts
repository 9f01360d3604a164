import { startSuite, type TestSuite } from '../../support/suite.ts';
import type { Bench } from '../bench.ts';
import { percentile, summarize, type Figures, type Summary } from '../figures.ts';
import { buy } from './buy.ts';
import { cpuBetween, cpuTimes, type CpuTimes } from './suite-cpu.ts';
import { openShop, type Shop } from './shop.ts';
import { checkoutText } from './text.ts';

/**
 * What is measured in each round. `p50Ms` and `p99Ms` are from PlaceOrder to CONFIRMED, `settledP99Ms` to
 * the end of what follows (notification, points); `cpuMs` is the whole suite's, an order.
 */
export type CheckoutFigure = 'ordersPerSecond' | 'p50Ms' | 'p99Ms' | 'settledP99Ms' | 'cpuMs';

/** One row: medians over the rounds. */
export type CheckoutRow = Summary<CheckoutFigure> & {
  readonly name: 'tradewind/checkout';
  readonly concurrency: number;
  /** Where `cpuMs` was spent, by process; "bench", the customers' side, is not in the sum. */
  readonly cpuMsByProcess: CpuTimes;
};

const FULL = { rounds: 3, roundMs: 6_000, concurrencies: [1, 16, 64] } as const;
const QUICK = { rounds: 1, roundMs: 300, concurrencies: [1, 16] } as const;

interface Round {
  readonly figures: Figures<CheckoutFigure>;
  readonly cpu: CpuTimes;
}

/** Orders through the whole suite, all parts real, as `npm start` runs it: an empty shop is started, stocked and bought from. */
export const checkout: Bench = async ({ quick, progress, signal }) => {
  const plan = quick ? QUICK : FULL;
  progress.step('checkout: the suite starts');
  await using suite = await startSuite({ args: ['--no-demo'], readyTimeoutMs: 120_000 });
  signal.throwIfAborted();
  progress.step('checkout: the shop is stocked');
  const shop = await openShop(suite);
  const till = createTill(suite, shop, signal);
  progress.step('checkout: warms up');
  await till.round(16, plan.roundMs / 2);

  const rounds = new Map<number, Round[]>(plan.concurrencies.map((concurrency) => [concurrency, []]));
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, concurrency] of plan.concurrencies.entries()) {
      const done = round * plan.concurrencies.length + index;
      const text = `checkout: round ${round + 1} of ${plan.rounds}, ${concurrency} orders at a time`;
      progress.step(text, done, plan.rounds * plan.concurrencies.length);
      rounds.get(concurrency)?.push(await till.round(concurrency, plan.roundMs));
    }
  }
  const rows = [...rounds].map(([concurrency, results]): CheckoutRow => ({
    name: 'tradewind/checkout',
    concurrency,
    ...summarize(results.map(({ figures }) => figures)),
    cpuMsByProcess: medians(results.map(({ cpu }) => cpu)),
  }));
  return { rows, text: checkoutText(rows, plan) };
};

function createTill(suite: TestSuite, shop: Shop, signal: AbortSignal) {
  let placed = 0;
  return {
    /** Keeps this many orders under way for this long; ends when each of them is settled. */
    async round(concurrency: number, durationMs: number): Promise<Round> {
      const confirmedMs: number[] = [];
      const settling: Promise<number>[] = [];
      const before = cpuTimes(suite);
      const startedAtMs = performance.now();
      const worker = async () => {
        while (performance.now() - startedAtMs < durationMs) {
          const purchase = await buy(shop, placed++, signal);
          confirmedMs.push(purchase.confirmedMs);
          settling.push(purchase.settledMs);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      const seconds = (performance.now() - startedAtMs) / 1_000;
      const settled = (await Promise.all(settling)).sort((a, b) => a - b);
      const orders = confirmedMs.length;
      const spent = Object.entries(cpuBetween(before, cpuTimes(suite)));
      const cpu = Object.fromEntries(spent.map(([name, ms]) => [name, ms / orders]));
      const sorted = confirmedMs.sort((a, b) => a - b);
      return {
        cpu,
        figures: {
          ordersPerSecond: orders / seconds,
          p50Ms: percentile(sorted, 0.5),
          p99Ms: percentile(sorted, 0.99),
          settledP99Ms: percentile(settled, 0.99),
          cpuMs: Object.entries(cpu).reduce((sum, [name, ms]) => (name === 'bench' ? sum : sum + ms), 0),
        },
      };
    },
  };
}

function medians(rounds: readonly CpuTimes[]): CpuTimes {
  const { min: _min, max: _max, ...medians } = summarize<string>(rounds);
  return medians as unknown as CpuTimes; // a process called "min" or "max" there is not
}
