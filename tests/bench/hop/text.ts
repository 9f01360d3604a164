import { table } from '../table.ts';
import { HOP_COLUMNS, hopColumns } from './columns.ts';
import type { HopRow } from './hop.ts';

/** The tables for the terminal: ratios first, what they are made of beside. */
export function hopText(rows: readonly HopRow[], plan: { readonly rounds: number; readonly roundMs: number }): string {
  const concurrencies = [...new Set(rows.map(({ concurrency }) => concurrency))];
  const intro = `One unary call, 119-byte reply, two processes; medians (least to greatest) of ${plan.rounds} interleaved rounds of ${plan.roundMs} ms.`;
  return [intro, ...concurrencies.map((concurrency) => tableOf(rows, concurrency))].join('\n');
}

function tableOf(rows: readonly HopRow[], concurrency: number): string {
  const header = [`${concurrency} at a time`, 'x grpc-js', '', ...HOP_COLUMNS, 'CPU x grpc-js'];
  const lines = rows.filter((row) => row.concurrency === concurrency).map((row) => [row.name, ...hopColumns(row)]);
  return table(header, lines);
}
