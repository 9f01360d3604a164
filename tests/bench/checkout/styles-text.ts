import { figure, table } from '../table.ts';
import type { StyleRow, StylesPlan } from './styles.ts';

/** The table for the terminal, and how the styles compare. */
export function stylesText(rows: readonly StyleRow[], plan: StylesPlan): string {
  const intro = `The same checkout by a saga (orchestration) and by events alone (choreography), from PlaceOrder until the order database says CONFIRMED, each in a suite of its own; medians (least to greatest) of ${plan.rounds} interleaved rounds of ${plan.roundMs / 1_000} s, beside the other suite at rest.`;
  const header = ['style', 'at a time', 'orders/s', '', 'p50 ms', 'p99 ms', 'commits', 'statements', 'CPU ms an order'];
  const lines = rows.map((row) => [
    row.name,
    String(row.concurrency),
    figure(row.ordersPerSecond),
    `(${figure(row.min.ordersPerSecond)} to ${figure(row.max.ordersPerSecond)})`,
    figure(row.p50Ms),
    figure(row.p99Ms),
    figure(row.commitsPerOrder),
    figure(row.statementsPerOrder),
    figure(row.cpuMs),
  ]);
  return [intro, table(header, lines), ...ratios(rows, plan)].join('\n');
}

/** One line for each number of orders at a time, where both styles ran. */
function ratios(rows: readonly StyleRow[], { concurrencies }: StylesPlan): readonly string[] {
  return concurrencies.flatMap((concurrency) => {
    const of = (name: StyleRow['name']) => rows.find((row) => row.name === name && row.concurrency === concurrency);
    const [saga, events] = [of('orchestration'), of('choreography')];
    if (saga === undefined || events === undefined) return [];
    const orders = figure(events.ordersPerSecond / saga.ordersPerSecond);
    const time = figure(events.p50Ms / saga.p50Ms);
    return [`${concurrency} at a time, events alone: ${orders} x the saga's orders a second, ${time} x its median.\n`];
  });
}
