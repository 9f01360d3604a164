import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** From half a millisecond, one hop, to ten seconds, the longest deadline. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What one process measures. Names are prefixed "tradewind_"; those of Node itself are prom-client's. */
export interface Metrics {
  /** What /metrics prints. */
  readonly registry: Registry;
  readonly serverCalls: Histogram<'method' | 'status'>;
  readonly serverInFlight: Gauge;
  readonly clientCalls: Histogram<'target' | 'method' | 'status'>;
  readonly clientRetries: Counter<'target' | 'method'>;
  /** Endpoints known to each target, and how many of them can be picked. */
  readonly clientEndpoints: Gauge<'target' | 'state'>;
  /** 1 while this process stands in the registry. */
  readonly registered: Gauge;
  readonly statements: Histogram<'name' | 'outcome'>;
}

/** Makes a registry of its own: two services in one process, as in tests, do not mix. */
export function createMetrics(labels: { readonly process: string; readonly instance: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    serverCalls: new Histogram({
      name: 'tradewind_server_call_duration_seconds',
      help: 'Time from the start of a call to its answer, by what it answered.',
      labelNames: ['method', 'status'],
      buckets: SECONDS,
      registers,
    }),
    serverInFlight: new Gauge({
      name: 'tradewind_server_calls_in_flight',
      help: 'Calls being served.',
      registers,
    }),
    clientCalls: new Histogram({
      name: 'tradewind_client_call_duration_seconds',
      help: 'Time of a call with all its attempts, by how it ended.',
      labelNames: ['target', 'method', 'status'],
      buckets: SECONDS,
      registers,
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
    statements: new Histogram({
      name: 'tradewind_database_statement_duration_seconds',
      help: 'Time of a statement, by how it ended.',
      labelNames: ['name', 'outcome'],
      buckets: SECONDS,
      registers,
    }),
  };
}
