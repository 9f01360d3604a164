import type { Bench, BenchContext } from '../bench.ts';
import { percentile } from '../figures.ts';
import { startSideProcess } from '../side-process.ts';
import type { ShopReport, ShopRequest } from './shop.ts';
import { startShoppers, type Errand, type Shoppers, type Tally } from './shoppers.ts';
import { overloadText } from './text.ts';

/** What became of one crowd. */
export interface OverloadRow {
  /** "shedding/multiplexed", "none/plain". */
  readonly name: string;
  /** Calls a second that the same process answered in time just before, as fast as it could. */
  readonly peakPerSecond: number;
  readonly offeredPerSecond: number;
  /** Answered OK within the deadline. */
  readonly goodputPerSecond: number;
  /** `goodputPerSecond` over `peakPerSecond`. */
  readonly ofPeak: number;
  /** The part of each that was answered OK within the deadline. */
  readonly checkoutServed: number;
  readonly browsingServed: number;
  /** Of what was served. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly refused: number;
  readonly late: number;
  /** Ended otherwise: a connection that broke under them. */
  readonly failed: number;
  /** CPU seconds of the process for each second of the crowd: below 1, something else on the machine had its part. */
  readonly cpu: number;
}

const FULL = { warmUpSeconds: 2, peakSeconds: 8, crowdSeconds: 30 };
const QUICK = { warmUpSeconds: 0.1, peakSeconds: 0.3, crowdSeconds: 0.6 };

/** CPU time of a call; much against what making one costs the callers, who have the other processor. */
const WORK_MS = 2;
const DEADLINE_MS = 500;
const CALLERS = 16;
const OVERLOAD = 3;

const CASES = (['multiplexed', 'plain'] as const).flatMap((transport) =>
  (['shedding', 'none'] as const).map((policy) => ({ name: `${policy}/${transport}`, policy, transport })),
);

/**
 * One process of the chassis that is offered three times what it can do, with shedding and without: each case in a process of
 * its own, whose peak is measured first.
 */
export const overload: Bench = async (context) => {
  const cases = CASES.filter(({ name }) => context.rows === undefined || context.rows.includes(name));
  const rows: OverloadRow[] = [];
  for (const one of cases) {
    context.signal.throwIfAborted();
    rows.push(await measure(one, context));
  }
  return { rows, text: overloadText(rows, { workMs: WORK_MS, deadlineMs: DEADLINE_MS }) };
};

async function measure({ name, policy, transport }: (typeof CASES)[number], { quick, progress }: BenchContext) {
  const { warmUpSeconds, peakSeconds, crowdSeconds } = quick ? QUICK : FULL;
  await using shop = await startSideProcess<ShopRequest>(new URL('./shop.ts', import.meta.url), {
    args: [policy, String(WORK_MS)],
  });
  await using shoppers: Shoppers = startShoppers(String(shop.ready), { transport, deadlineMs: DEADLINE_MS });
  const cpuSeconds = async () => ((await shop.ask({ kind: 'cpu' })) as ShopReport).cpuSeconds; // shop.ts answers so

  progress.step(`overload: ${name}, the peak`);
  await shoppers.inTurn(CALLERS, warmUpSeconds);
  const peakPerSecond = await shoppers.inTurn(CALLERS, peakSeconds);
  progress.step(`overload: ${name}, a crowd for ${crowdSeconds} s`);
  const cpuBefore = await cpuSeconds();
  const tallies = await shoppers.crowd(peakPerSecond * OVERLOAD, crowdSeconds);
  const cpu = ((await cpuSeconds()) - cpuBefore) / crowdSeconds;
  return { name, peakPerSecond, cpu, ...figures(tallies, { peakPerSecond, crowdSeconds }) };
}

function figures(
  { checkout, browsing }: Readonly<Record<Errand, Tally>>,
  { peakPerSecond, crowdSeconds }: { readonly peakPerSecond: number; readonly crowdSeconds: number },
) {
  const latencies = Float64Array.from([...checkout.latencies, ...browsing.latencies]).sort();
  const goodputPerSecond = latencies.length / crowdSeconds;
  return {
    offeredPerSecond: (checkout.offered + browsing.offered) / crowdSeconds,
    goodputPerSecond,
    ofPeak: goodputPerSecond / peakPerSecond,
    checkoutServed: checkout.served / checkout.offered,
    browsingServed: browsing.served / browsing.offered,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    maxMs: percentile(latencies, 1),
    refused: checkout.refused + browsing.refused,
    late: checkout.late + browsing.late,
    failed: checkout.failed + browsing.failed,
  };
}
