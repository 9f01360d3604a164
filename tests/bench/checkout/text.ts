import { figure, table } from '../table.ts';
import type { CheckoutRow } from './checkout.ts';

/** The tables for the terminal. */
export function checkoutText(
  rows: readonly CheckoutRow[],
  plan: { readonly rounds: number; readonly roundMs: number },
): string {
  const intro = `Orders through the whole suite, from PlaceOrder to CONFIRMED as WatchOrder tells it; medians (least to greatest) of ${plan.rounds} interleaved rounds of ${plan.roundMs / 1_000} s.`;
  return [intro, ordersTable(rows), cpuTable(rows)].join('\n');
}

function ordersTable(rows: readonly CheckoutRow[]): string {
  const header = ['at a time', 'orders/s', '', 'p50 ms', 'p99 ms', 'settled p99 ms', 'CPU ms an order'];
  return table(
    header,
    rows.map((row) => [
      String(row.concurrency),
      figure(row.ordersPerSecond),
      `(${figure(row.min.ordersPerSecond)} to ${figure(row.max.ordersPerSecond)})`,
      figure(row.p50Ms),
      figure(row.p99Ms),
      figure(row.settledP99Ms),
      figure(row.cpuMs),
    ]),
  );
}

function cpuTable(rows: readonly CheckoutRow[]): string {
  const processes = Object.keys(rows[0]?.cpuMsByProcess ?? {});
  const header = ['CPU ms an order', ...rows.map(({ concurrency }) => `at ${concurrency}`)];
  return table(
    header,
    processes.map((name) => [name, ...rows.map(({ cpuMsByProcess }) => figure(cpuMsByProcess[name] ?? 0))]),
  );
}
