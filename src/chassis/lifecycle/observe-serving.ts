import { watchProcess } from '../alerts/index.ts';
import type { Server } from '../server/index.ts';
import {
  keepServerCalls,
  logPolicies,
  logServerCalls,
  measurePolicies,
  measureServerCalls,
  measureSharedStreams,
  observeShedding,
  traceExchanges,
} from '../telemetry/index.ts';
import type { ServiceParts } from './parts.ts';
import type { Wiring } from './service-definition.ts';

/** Turns what a server and the service's own parts tell into logs, metrics, spans and alerts. */
export function observeServing(
  { process, telemetry, alerts, clock }: Pick<ServiceParts, 'process' | 'telemetry' | 'alerts' | 'clock'>,
  server: Server,
  { policies = {}, events }: Pick<Wiring, 'policies' | 'events'>,
): void {
  const { logger, metrics, traces } = telemetry;
  logServerCalls(server.events, logger);
  measureServerCalls(server.events, metrics);
  keepServerCalls(server.events, traces);
  observeShedding(server, logger, metrics);
  if (server.sharedStreams !== undefined) measureSharedStreams(server.sharedStreams, metrics);
  logPolicies(policies, logger);
  measurePolicies(policies, metrics);
  watchProcess(alerts, process, { shedding: server.shedder.events, sagas: events?.sagas });
  if (events?.exchanges !== undefined) traceExchanges(events.exchanges, clock);
}
