import type { Summary } from '../figures.ts';
import { figure } from '../table.ts';

/** What a table of hops shows, before and after the ratio; the ratios are to what the table names. */
export const HOP_COLUMNS = ['calls/s', 'p50 ms', 'p99 ms', 'client us', 'server us'] as const;

type HopFigure = 'ratio' | 'callsPerSecond' | 'p50Ms' | 'p99Ms' | 'clientCpuUs' | 'serverCpuUs' | 'cpuRatio';

/** One row's figures: its ratio and how far that varied, HOP_COLUMNS, the ratio of CPU. */
export function hopColumns(row: Summary<HopFigure>): readonly string[] {
  return [
    figure(row.ratio),
    `(${figure(row.min.ratio)} to ${figure(row.max.ratio)})`,
    figure(row.callsPerSecond),
    figure(row.p50Ms),
    figure(row.p99Ms),
    figure(row.clientCpuUs),
    figure(row.serverCpuUs),
    figure(row.cpuRatio),
  ];
}
