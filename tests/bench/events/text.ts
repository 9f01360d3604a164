import { figure, table } from '../table.ts';
import type { EventRow } from './events.ts';

/** The table for the terminal; `left` were not run. */
export function eventsText(
  rows: readonly EventRow[],
  plan: { readonly rounds: number; readonly peakMs: number; readonly halfMs: number },
  left: readonly string[],
): string {
  const header = [
    '',
    'events/s',
    '',
    'half load /s',
    'p50 ms',
    'p99 ms',
    'publisher us',
    'consumer us',
    'PostgreSQL us',
    'broker us',
    'x bare',
  ];
  const bare = rows.find(({ name }) => name === 'jetstream/bare')?.eventsPerSecond ?? NaN;
  const lines = rows.map((row) => [
    row.name,
    figure(row.eventsPerSecond),
    `(${figure(row.min.eventsPerSecond)} to ${figure(row.max.eventsPerSecond)})`,
    figure(row.halfLoadPerSecond),
    figure(row.p50Ms),
    figure(row.p99Ms),
    figure(row.publisherCpuUs),
    figure(row.consumerCpuUs),
    figure(row.postgresCpuUs),
    figure(row.brokerCpuUs),
    figure(row.eventsPerSecond / bare),
  ]);
  const intro =
    `From an outbox's commit to the commit of the effect, once; events of 500 bytes, written 64 a transaction. Medians (least to greatest) of ${plan.rounds} ` +
    `interleaved rounds of ${plan.peakMs / 1_000} s as fast as they are handled, then ${plan.halfMs / 1_000} s at half of that for the delays. CPU is of one event, ` +
    `in us. jetstream/bare publishes and consumes, without an outbox, an inbox or effects.`;
  const missing = left.length === 0 ? '' : `Not run, because their server is not installed: ${left.join(', ')}.\n`;
  return `${intro}\n${table(header, lines)}${missing}`;
}
