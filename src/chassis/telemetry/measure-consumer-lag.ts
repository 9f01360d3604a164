import { Gauge } from 'prom-client';

import type { ConsumerWatch } from '../events/index.ts';
import type { Metrics } from './metrics.ts';

/** Shows how far consumers are behind, and what they failed at. A lag that nobody can tell, as the publisher is away, is no number at all. */
export function measureConsumerLag(events: ConsumerWatch['events'], { registry }: Pick<Metrics, 'registry'>): void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['consumer', 'source'] as const, registers: [registry] });
  const lagEvents = gauge(
    'tradewind_consumer_lag_events',
    'Events of its publisher that a consumer has still to handle; at most the next 5,000 are counted.',
  );
  const lagSeconds = gauge('tradewind_consumer_lag_seconds', 'For how long the first of them waits.');
  const parked = gauge(
    'tradewind_consumer_parked_events',
    'Events that wait for another try, or behind one that does.',
  );
  const dead = gauge('tradewind_consumer_dead_letters', 'Events that were given up and wait for an operator.');
  events.on('measured', ({ name: consumer, source, lag, parkedCount, deadLetterCount }) => {
    const labels = { consumer, source };
    parked.set(labels, Number(parkedCount));
    dead.set(labels, Number(deadLetterCount));
    if (lag.kind === 'unknown') {
      lagEvents.remove(labels);
      lagSeconds.remove(labels);
      return;
    }
    const { partitions } = lag.value;
    lagEvents.set(
      labels,
      partitions.reduce((sum, one) => sum + Number(one.events), 0),
    );
    lagSeconds.set(labels, Math.max(0, ...partitions.map(({ seconds }) => seconds)));
  });
}
