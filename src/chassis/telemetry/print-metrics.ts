import { Registry } from 'prom-client';

import { toOpenMetrics } from './open-metrics.ts';

/** Metrics as they are sent. */
export interface PrintedMetrics {
  /** The content type. */
  readonly type: string;
  readonly body: string;
}

/** Prints metrics in OpenMetrics, which has exemplars, for a scraper that asks for it, else in Prometheus' text format. */
export async function printMetrics(registry: Registry, accept: string | undefined): Promise<PrintedMetrics> {
  if (accept?.includes('application/openmetrics-text') !== true) {
    return { type: registry.contentType, body: await registry.metrics() };
  }
  return { type: Registry.OPENMETRICS_CONTENT_TYPE, body: await toOpenMetrics(registry) };
}
