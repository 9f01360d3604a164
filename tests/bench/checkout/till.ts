import type { TestSuite } from '../../support/suite.ts';
import type { DatabaseCounters } from '../database-counters.ts';
import { percentile, type Figures } from '../figures.ts';
import { buy } from './buy.ts';
import type { Shop } from './shop.ts';
import { cpuBetween, cpuTimes, type CpuTimes } from './suite-cpu.ts';
import type { Witness } from './witness.ts';

/**
 * What is measured in each round. `p50Ms` and `p99Ms` are from PlaceOrder to CONFIRMED, `settledP99Ms` to the end of what
 * follows (notification, points). Of an order, over all databases: `commitsPerOrder` are transactions that wrote,
 * `statementsPerOrder` round trips. `cpuMs` is the whole suite's, an order.
 */
export type CheckoutFigure =
  'ordersPerSecond' | 'p50Ms' | 'p99Ms' | 'settledP99Ms' | 'commitsPerOrder' | 'statementsPerOrder' | 'cpuMs';

/** One round, with the CPU time of an order by process. */
export interface CheckoutRound {
  readonly figures: Figures<CheckoutFigure>;
  readonly cpu: CpuTimes;
}

/** Where customers queue. */
export interface Till {
  /** Keeps this many orders under way for this long; ends when each of them is settled. */
  round(concurrency: number, durationMs: number): Promise<CheckoutRound>;
  /** As many rounds as it takes to sell this many orders. */
  warmUp(concurrency: number, orders: number): Promise<void>;
}

/** What a till is made of. */
export interface TillOptions {
  readonly suite: TestSuite;
  readonly shop: Shop;
  readonly witness: Witness;
  readonly counters: DatabaseCounters;
  /** Databases that are not the suite's. */
  readonly foreignDatabases: readonly string[];
  readonly signal: AbortSignal;
}

/** Opens a till. One round at a time. */
export function createTill({ suite, shop, witness, counters, foreignDatabases, signal }: TillOptions): Till {
  let placed = 0;

  /** Keeps orders under way until it is told that there are enough; resolves when each is settled. */
  async function sell(concurrency: number, enough: () => boolean) {
    const confirmedMs: number[] = [];
    const settling: Promise<number>[] = [];
    const startedAtMs = performance.now();
    const worker = async () => {
      while (!enough()) {
        const purchase = await buy(shop, witness, placed++, signal);
        confirmedMs.push(purchase.confirmedMs);
        settling.push(purchase.settledMs);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const settledMs = await Promise.all(settling);
    return { seconds, confirmedMs: sorted(confirmedMs), settledMs: sorted(settledMs) };
  }

  async function statements(): Promise<number> {
    const counted = [...(await counters.read())].filter(([name]) => !foreignDatabases.includes(name));
    return counted.reduce((sum, [, one]) => sum + one.statements, 0);
  }

  return {
    async round(concurrency, durationMs) {
      const [cpuBefore, writesBefore, statementsBefore] = [
        cpuTimes(suite),
        await counters.writes(),
        await statements(),
      ];
      const endMs = performance.now() + durationMs;
      const { seconds, confirmedMs, settledMs } = await sell(concurrency, () => performance.now() >= endMs);
      const orders = confirmedMs.length;
      const spent = Object.entries(cpuBetween(cpuBefore, cpuTimes(suite)));
      const cpu = Object.fromEntries(spent.map(([name, ms]) => [name, ms / orders]));
      return {
        cpu,
        figures: {
          ordersPerSecond: orders / seconds,
          p50Ms: percentile(confirmedMs, 0.5),
          p99Ms: percentile(confirmedMs, 0.99),
          settledP99Ms: percentile(settledMs, 0.99),
          commitsPerOrder: ((await counters.writes()) - writesBefore) / orders,
          statementsPerOrder: ((await statements()) - statementsBefore) / orders,
          cpuMs: Object.entries(cpu).reduce((sum, [name, ms]) => (name === 'bench' ? sum : sum + ms), 0),
        },
      };
    },
    async warmUp(concurrency, orders) {
      const last = placed + orders;
      await sell(concurrency, () => placed >= last);
    },
  };
}

function sorted(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}
