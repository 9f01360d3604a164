import { figure, table } from '../table.ts';
import type { OverloadRow } from './overload.ts';

/** The table for the terminal. */
export function overloadText(
  rows: readonly OverloadRow[],
  { workMs, deadlineMs }: { readonly workMs: number; readonly deadlineMs: number },
): string {
  const intro =
    `One process, ${workMs} ms of CPU a call, offered three times its peak; every fifth call a checkout. ` +
    `Served: answered OK within ${deadlineMs} ms.`;
  const percent = (part: number) => `${figure(part * 100)} %`;
  const header = [
    '',
    'peak/s',
    'offered/s',
    'served/s',
    'of peak',
    'checkout served',
    'browsing served',
    'p50 ms',
    'p99 ms',
    'max ms',
    'refused',
    'late',
    'failed',
    'CPU',
  ];
  const lines = rows.map((row) => [
    row.name,
    figure(row.peakPerSecond),
    figure(row.offeredPerSecond),
    figure(row.goodputPerSecond),
    percent(row.ofPeak),
    percent(row.checkoutServed),
    percent(row.browsingServed),
    figure(row.p50Ms),
    figure(row.p99Ms),
    figure(row.maxMs),
    figure(row.refused),
    figure(row.late),
    figure(row.failed),
    figure(row.cpu),
  ]);
  return `${intro}\n${table(header, lines)}`;
}
