import type { AdminRoute } from '../admin/index.ts';
import type { Contract } from '../contract/index.ts';
import { createRegistryView, registryRoutes } from '../registry-view/index.ts';
import type { Registry } from '../registry/index.ts';
import type { ServiceBinding } from '../server/index.ts';
import type { ServiceParts } from './parts.ts';

/** To withdraw other programs' registrations from a registry that answers slowly, in milliseconds. */
const CLOSE_MS = 3_000;

/** The registry view of this process: a service for its gRPC port, routes for its admin port. Closed through `closing`. */
export function openRegistryView(
  { instance, telemetry, closing, clock }: ServiceParts,
  registry: Registry,
  contract: Contract,
): { readonly binding: ServiceBinding; readonly routes: readonly AdminRoute[] } {
  const view = createRegistryView({ registry, instance, clock });
  const { logger } = telemetry;
  view.events.on('registered', (event) => logger.info(event, 'registered a program that asked for it'));
  view.events.on('expired', (event) => logger.warn(event, 'withdrew a program whose heartbeats stopped'));
  view.events.on('deregistered', (event) => logger.info(event, 'withdrew a program that asked for it'));
  closing.add('registry view', () => view.close(), CLOSE_MS);
  return { binding: view.binding, routes: registryRoutes({ handlers: view.handlers, contract, clock }) };
}
