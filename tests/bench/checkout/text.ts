import { figure, table } from '../table.ts';
import type { CheckoutPlan, CheckoutRow, StepsRow } from './checkout.ts';

/** The tables for the terminal; last the ratio to DBOS' steps, where they ran. */
export function checkoutText(rows: readonly CheckoutRow[], steps: StepsRow | undefined, plan: CheckoutPlan): string {
  const intro = `Orders through the whole suite, from PlaceOrder until the order database says CONFIRMED; medians (least to greatest) of ${plan.rounds} interleaved rounds of ${plan.roundMs / 1_000} s. Commits are transactions that wrote, statements round trips, over all databases.`;
  const comparison = steps === undefined ? [] : [stepsTable(steps), ratio(rows, steps)];
  return [intro, ordersTable(rows), cpuTable(rows), ...comparison].join('\n');
}

function ordersTable(rows: readonly CheckoutRow[]): string {
  const header = [
    'at a time',
    'orders/s',
    '',
    'p50 ms',
    'p99 ms',
    'settled p99 ms',
    'commits',
    'statements',
    'CPU ms an order',
  ];
  return table(
    header,
    rows.map((row) => [
      String(row.concurrency),
      figure(row.ordersPerSecond),
      `(${figure(row.min.ordersPerSecond)} to ${figure(row.max.ordersPerSecond)})`,
      figure(row.p50Ms),
      figure(row.p99Ms),
      figure(row.settledP99Ms),
      figure(row.commitsPerOrder),
      figure(row.statementsPerOrder),
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

function stepsTable(steps: StepsRow): string {
  return table(
    [`${steps.concurrency} at a time`, 'sagas/s', '', 'p50 ms', 'p99 ms', 'commits', 'statements', 'CPU ms a saga'],
    [
      [
        steps.name,
        figure(steps.sagasPerSecond),
        `(${figure(steps.min.sagasPerSecond)} to ${figure(steps.max.sagasPerSecond)})`,
        figure(steps.p50Ms),
        figure(steps.p99Ms),
        figure(steps.durableCommitsPerSaga),
        figure(steps.statementsPerSaga),
        figure((steps.clientCpuUs + steps.postgresCpuUs) / 1_000),
      ],
    ],
  );
}

function ratio(rows: readonly CheckoutRow[], steps: StepsRow): string {
  const best = rows.toSorted((a, b) => b.ordersPerSecond - a.ordersPerSecond)[0];
  const times = (best?.ordersPerSecond ?? NaN) / steps.sagasPerSecond;
  return `Full orders a second (${best?.concurrency} at a time) are ${figure(times)} x the six no-op steps a second of DBOS at its best (${steps.concurrency} at a time), beside which the idle suite takes ${figure(100 * steps.suiteCpuShare)} % of the machine.\n`;
}
