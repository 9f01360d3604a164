import { watchProcess } from '../alerts/index.ts';
import type { ClientFactory } from '../client/index.ts';
import { createHealthMonitor, type HealthMonitor } from '../health/index.ts';
import { observeHealth } from '../telemetry/index.ts';
import type { Database } from '../store/index.ts';
import { configurationCheck } from './configuration-check.ts';
import { neighboursCheck } from './neighbours.ts';
import type { ServiceParts } from './parts.ts';
import type { ServiceDefinition } from './service-definition.ts';

/** The health of a process that has just begun to start: what every process has is "starting". */
export function openHealth({ process, telemetry, alerts, clock }: ServiceParts): HealthMonitor {
  const health = createHealthMonitor({ clock });
  for (const name of ['grpc', 'registry']) void health.set(name); // there is no check to wait for
  observeHealth(health, telemetry);
  watchProcess(alerts, process, { health: health.events });
  return health;
}

/** Adds what a service stands on: its database and those it calls. */
export async function watchParts(
  health: HealthMonitor,
  { database, clients }: { readonly database: Database | undefined; readonly clients: ClientFactory },
  { neighbours }: Pick<ServiceDefinition, 'neighbours'>,
): Promise<void> {
  if (database !== undefined) await health.set('database', () => database.ping());
  const targets = () => clients.status();
  await health.set('neighbours', neighboursCheck(targets, neighbours));
  await health.set('configuration', configurationCheck(targets));
}
