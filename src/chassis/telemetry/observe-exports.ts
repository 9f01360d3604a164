import { Counter } from 'prom-client';

import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { ExportListener } from './otlp-export.ts';

/** Counts spans that were sent or lost, and logs when the collector goes away and when it is back, not each batch between. */
export function observeExports(logger: Logger, { registry }: Pick<Metrics, 'registry'>): ExportListener {
  const spans = new Counter({
    name: 'tradewind_traces_spans_total',
    help: 'Spans that the collector has, and those that were lost because it could not be reached.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  let isAway = false;
  return ({ spans: count, error }) => {
    spans.inc({ outcome: error === undefined ? 'exported' : 'lost' }, count);
    if (error !== undefined && !isAway) logger.warn({ err: error }, 'traces cannot be sent and are lost');
    if (error === undefined && isAway) logger.info('traces are sent again');
    isAway = error !== undefined;
  };
}
