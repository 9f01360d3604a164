import { Counter, Gauge } from 'prom-client';

import type { TransportStats } from '../transport/index.ts';
import type { Metrics } from './metrics.ts';

/** Shows the streams that callers share for their unary calls, read when somebody scrapes. */
export function measureSharedStreams(stats: Readonly<TransportStats>, { registry }: Metrics): void {
  const registers = [registry];
  new Gauge({
    name: 'tradewind_server_shared_streams',
    help: 'Shared streams that are open.',
    registers,
    collect() {
      this.set(stats.streams);
    },
  });
  new Counter({
    name: 'tradewind_server_shared_streams_ended_total',
    help: 'Shared streams that were refused, or ended because their peer broke the protocol.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      this.inc({ reason: 'refused' }, stats.refused);
      this.inc({ reason: 'violation' }, stats.violations);
    },
  });
}
