import { figure, table } from '../table.ts';
import type { HopRow } from './hop.ts';

/** The tables for the terminal: ratios first, what they are made of beside. */
export function hopText(rows: readonly HopRow[], plan: { readonly rounds: number; readonly roundMs: number }): string {
  const concurrencies = [...new Set(rows.map(({ concurrency }) => concurrency))];
  const intro = `One unary call, 119-byte reply, two processes; medians (least to greatest) of ${plan.rounds} interleaved rounds of ${plan.roundMs} ms.`;
  return [intro, ...concurrencies.map((concurrency) => tableOf(rows, concurrency))].join('\n');
}

function tableOf(rows: readonly HopRow[], concurrency: number): string {
  const header = [
    `${concurrency} at a time`,
    'x grpc-js',
    '',
    'calls/s',
    'p50 ms',
    'p99 ms',
    'client us',
    'server us',
    'CPU x grpc-js',
  ];
  const lines = rows
    .filter((row) => row.concurrency === concurrency)
    .map((row) => [
      row.name,
      figure(row.ratio),
      `(${figure(row.min.ratio)} to ${figure(row.max.ratio)})`,
      figure(row.callsPerSecond),
      figure(row.p50Ms),
      figure(row.p99Ms),
      figure(row.clientCpuUs),
      figure(row.serverCpuUs),
      figure(row.cpuRatio),
    ]);
  return table(header, lines);
}
