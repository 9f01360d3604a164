import { Gauge } from 'prom-client';

import type { Finding, HealthMonitor } from '../health/index.ts';
import type { Telemetry } from './telemetry.ts';

const VALUES: Readonly<Record<Finding['status'], number>> = { healthy: 0, degraded: 1, unhealthy: 2 };

/** Logs every change of a component, and shows each as a gauge. */
export function observeHealth(
  { events }: Pick<HealthMonitor, 'events'>,
  { logger, metrics }: Pick<Telemetry, 'logger' | 'metrics'>,
): void {
  const gauge = new Gauge({
    name: 'tradewind_component_health',
    help: 'How a component of this process is: 0 healthy, 1 degraded, 2 unhealthy.',
    labelNames: ['component'],
    registers: [metrics.registry],
  });
  events.on('changed', ({ name, from, state }) => {
    gauge.set({ component: name }, VALUES[state.status]);
    if (state.status === from) return; // it came to be
    const why = state.status === 'healthy' ? undefined : state.why;
    logger[state.status === 'healthy' ? 'info' : 'warn']({ component: name, from, why }, `${name} is ${state.status}`);
  });
}
