import { HOP_COLUMNS, hopColumns } from '../hop/columns.ts';
import { figure, table } from '../table.ts';
import type { CostRow, HopRow, Plan } from './resilience.ts';

/** The tables for the terminal. */
export function resilienceText({
  costs,
  hops,
  plan,
}: {
  readonly costs: readonly CostRow[];
  readonly hops: readonly HopRow[];
  readonly plan: Plan;
}): string {
  const parts = [];
  if (costs.length > 0) parts.push(costText(costs, plan));
  if (hops.length > 0) parts.push(hopText(hops, plan));
  return parts.join('\n');
}

function costText(rows: readonly CostRow[], { rounds, callsPerRound }: Plan): string {
  const intro = `One call through each, all being well; medians (least to greatest) of ${rounds} interleaved rounds of ${callsPerRound.toLocaleString('en-US')} calls. sync/: in and out; the others: around an awaited promise.`;
  const lines = rows.map(({ name, nsPerCall, min, max }) => [
    name,
    figure(nsPerCall),
    `(${figure(min.nsPerCall)} to ${figure(max.nsPerCall)})`,
    name.startsWith('cockatiel/')
      ? `x ${figure(nsPerCall / costOf(rows, name.replace('cockatiel', 'tradewind')))}`
      : '',
  ]);
  return `${intro}\n${table(['', 'ns a call', '', 'over ours'], lines)}`;
}

function costOf(rows: readonly CostRow[], name: string): number {
  return rows.find((row) => row.name === name)?.nsPerCall ?? NaN;
}

function hopText(rows: readonly HopRow[], { hopRounds, hopMs }: Plan): string {
  const intro = `One unary call on a shared stream, two processes, with retries, hedging, breaker, bulkhead, time-outs, load shedding and limits on, and with all but the deadline off; medians (least to greatest) of ${hopRounds} interleaved rounds of ${hopMs} ms.`;
  const header = ['', 'at a time', 'x off', '', ...HOP_COLUMNS, 'CPU x off'];
  const lines = rows.map((row) => [row.name, String(row.concurrency), ...hopColumns(row)]);
  return `${intro}\n${table(header, lines)}`;
}
