import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

import { systemClock, type Clock } from '../core/index.ts';
import { createDurations, type Durations } from './durations.ts';
import { createLevel, createTally, type Level, type Tally } from './tallies.ts';

/** What one process measures. Names are prefixed "tradewind_"; those of Node itself are prom-client's. */
export interface Metrics {
  /** What /metrics prints. */
  readonly registry: Registry;
  /** By method, status and calling process. Only methods that are bound and callers with a certificate of ours get here, so their number is the contract's. */
  readonly serverCalls: Durations;
  readonly serverInFlight: Level;
  /** By how calls came. Apart from their durations: a label there would double what every scrape brings. */
  readonly serverTransports: Tally;
  /** By target, which is the process called, method and status. */
  readonly clientCalls: Durations;
  readonly clientRetries: Counter<'target' | 'method'>;
  /** Endpoints known to each target, and how many of them can be picked. */
  readonly clientEndpoints: Gauge<'target' | 'state'>;
  /** 1 while this process stands in the registry. */
  readonly registered: Gauge;
  /** By name and outcome. */
  readonly statements: Durations;
}

/** Makes a registry of its own: two services in one process, as in tests, do not mix. */
export function createMetrics(
  labels: { readonly process: string; readonly instance: string },
  clock: Pick<Clock, 'now'> = systemClock,
): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    serverCalls: createDurations({
      name: 'tradewind_server_call_duration_seconds',
      help: 'Time from the start of a call to its answer, by what it answered.',
      labels: ['method', 'status', 'caller'],
      ...{ registry, clock },
    }),
    serverInFlight: createLevel({
      name: 'tradewind_server_calls_in_flight',
      help: 'Calls being served.',
      registry,
    }),
    serverTransports: createTally({
      name: 'tradewind_server_calls_total',
      help: 'Calls served, by the transport they came over.',
      label: 'transport',
      registry,
    }),
    clientCalls: createDurations({
      name: 'tradewind_client_call_duration_seconds',
      help: 'Time of a call with all its attempts, by how it ended.',
      labels: ['target', 'method', 'status'],
      ...{ registry, clock },
    }),
    clientRetries: new Counter({
      name: 'tradewind_client_retries_total',
      help: 'Attempts after the first.',
      labelNames: ['target', 'method'],
      registers,
    }),
    clientEndpoints: new Gauge({
      name: 'tradewind_client_endpoints',
      help: 'Endpoints of a target, known and ready.',
      labelNames: ['target', 'state'],
      registers,
    }),
    registered: new Gauge({
      name: 'tradewind_registered',
      help: 'Whether this process stands in the registry.',
      registers,
    }),
    statements: createDurations({
      name: 'tradewind_database_statement_duration_seconds',
      help: 'Time of a statement, by how it ended.',
      labels: ['name', 'outcome'],
      ...{ registry, clock },
    }),
  };
}
