import { createAdminServer, type AdminRoute } from '../admin/index.ts';
import { parseConfiguration } from '../config/index.ts';
import { loadContract } from '../contract/index.ts';
import { newId as systemNewId, systemClock, systemRandom, throwIfAborted } from '../core/index.ts';
import { createServer, type Server } from '../server/index.ts';
import { createTelemetry, observeRegistration, printMetrics } from '../telemetry/index.ts';
import { advertisedAddress } from './addresses.ts';
import { adminViews, type Shown } from './admin-views.ts';
import { startBackground, type Background } from './background.ts';
import { createClosing } from './closing.ts';
import { openProcessIdentity } from './open-identity.ts';
import { openHealth, watchParts } from './health.ts';
import { openParts, type ServiceParts } from './parts.ts';
import { observeServing } from './observe-serving.ts';
import { openAlerts } from './open-alerts.ts';
import { openEvents } from './open-events.ts';
import { openInProcess } from './open-in-process.ts';
import { openPartOperations } from './open-part-operations.ts';
import { openSettings } from './open-settings.ts';
import { openRegistryView } from './registry-view.ts';
import type { RunningProcess } from '../process/index.ts';
import { registrationCheck } from './registration-check.ts';
import type {
  BackgroundTask,
  ConfigurationOf,
  ConfigurationShape,
  HttpFace,
  ServiceDefinition,
} from './service-definition.ts';
import type { StartOptions } from './start-options.ts';

/** A service that serves. */
export interface RunningService extends RunningProcess, AsyncDisposable {
  readonly name: string;
  readonly instance: string;
  /** host:port of the gRPC server (of the HTTP server where that is the process's face), as others reach it. */
  readonly grpc: string;
  /** host:port of the admin server, as others reach it. */
  readonly http: string;
  readonly server: Server;
}

/**
 * Starts a service in this process and resolves when it serves and is registered: the admin port listens, the database
 * is migrated, the service is wired, the gRPC port listens, background work runs, health says SERVING, the registry
 * knows. Rejects with what went wrong, everything closed again. It touches nothing of the process itself (signals, exit
 * code), so that tests can run several.
 */
export async function startService<Shape extends ConfigurationShape>(
  definition: ServiceDefinition<Shape>,
  environment: Readonly<Record<string, string | undefined>>,
  options: StartOptions = {},
): Promise<RunningService> {
  const { clock = systemClock, random = systemRandom, newId = systemNewId } = options;
  // The schema is the base's with the shape's keys, which is what ConfigurationOf says.
  const config = parseConfiguration(definition.schema, environment) as unknown as ConfigurationOf<Shape>;
  const instance = config.INSTANCE_ID ?? `${definition.name}-${newId().slice(-12)}`;
  const telemetry = await createTelemetry({
    process: definition.name,
    instance,
    version: config.VERSION,
    level: config.LOG_LEVEL,
    otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    sampling: { rootRatio: config.OTEL_TRACES_SAMPLER_ARG, slowMs: config.TRACES_SLOW_MS },
    ...{ clock, random },
    logTo: options.logTo,
  });
  const closing = createClosing(clock, telemetry.logger);
  closing.add('telemetry', () => telemetry.close());
  try {
    const names = { process: definition.name, instance };
    const identity = await openProcessIdentity(definition.name, { config, telemetry, closing, clock });
    const own = {
      ...names,
      config,
      environment,
      identity,
      telemetry,
      closing,
      clock,
      random,
      newId,
      options,
    };
    return await start(definition, config, { ...own, alerts: openAlerts(own) });
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start<Shape extends ConfigurationShape>(
  definition: ServiceDefinition<Shape>,
  config: ConfigurationOf<Shape>,
  parts: ServiceParts,
): Promise<RunningService> {
  const { telemetry, closing, clock, options } = parts;
  const health = openHealth(parts);
  const shown: Shown = {};
  const routes: AdminRoute[] = [...(await adminViews(parts, definition, shown))];
  const admin = createAdminServer({
    health: () => health.look(),
    routes: () => routes,
    domain: `${parts.process}.tradewind`,
    metrics: (accept) => printMetrics(telemetry.metrics.registry, accept),
  });
  closing.add('admin', () => admin.close());
  const http = advertisedAddress(config, await admin.listen({ host: config.HOST, port: config.ADMIN_PORT }));

  const opened = await openParts(parts, definition.migrations);
  const { context, registry, stopping } = opened;
  shown.clients = opened.clients;
  shown.database = opened.database;
  await watchParts(health, opened, definition);
  throwIfAborted(options.signal);

  const contract = await loadContract();
  const registryView = openRegistryView(parts, registry, contract);
  routes.push(...registryView.routes);

  const wiring = await definition.wire({ ...context, config });
  shown.wiring = wiring;
  closing.add('wiring', async () => wiring.close?.());
  shown.inProcess = openInProcess(parts, wiring.inProcess);
  const events = await openEvents(parts, opened, { definition, wiring, contract });
  shown.events = events;
  const played = openPartOperations(parts, opened, { parts: wiring.parts ?? [], contract });
  routes.push(...events.routes, ...played.routes, ...(wiring.routes ?? []));
  const server = createServer({
    process: parts.process,
    services: [...wiring.grpc, registryView.binding, ...events.grpc, ...played.grpc],
    contract,
    tracing: telemetry.traces.calls,
    transports: config.TRANSPORTS,
    identity: parts.identity,
    components: health,
    clock,
    newId: parts.newId,
    ...(options.authentication === undefined ? {} : { verify: options.authentication(context) }),
  });
  if (config.CRASH_POINTS_DIR !== undefined) {
    const { watchCrashPoints } = await import('../crash-points/index.ts'); // nothing of it is loaded otherwise
    watchCrashPoints(
      { directory: config.CRASH_POINTS_DIR, process: parts.instance },
      {
        ...wiring.events,
        ...{ server: server.events, clients: opened.clients.events, database: opened.database?.events },
        broker: events.broker,
      },
    );
  }
  observeServing(parts, server, wiring);
  routes.push(openSettings(parts, { registry, contract, server, health }));
  const tasks = [...(wiring.background ?? []), ...events.background];
  const background = addDraining(server, { http: wiring.http, tasks }, parts, stopping);
  const face = wiring.http ?? server;
  const grpc = advertisedAddress(config, await face.listen({ host: config.HOST, port: config.PORT }));
  const running = background.start();
  for (const [name, check] of Object.entries({ ...wiring.checks, ...events.checks, background: running.check })) {
    await health.set(name, check);
  }

  server.health.set('serving');
  await health.set('grpc', async () => {
    if (server.health.state !== 'serving') throw new Error('not serving');
  });
  const registration = registry.register({
    ...{ process: parts.process, id: parts.instance, address: grpc, adminAddress: http },
    ...{ weight: config.WEIGHT, zone: config.ZONE, version: config.VERSION },
    startedAt: new Date(clock.now()).toISOString(),
    metadata: wiring.metadata ?? {},
    ...(wiring.http === undefined && { transports: server.transports }),
  });
  observeRegistration(registration, { logger: telemetry.logger, metrics: telemetry.metrics, clock });
  shown.registration = registration;
  const isRegistered = registrationCheck(registration, clock);
  void health.set('registry', isRegistered); // so that a start that waits for the registry says so
  closing.add('grace', () => clock.sleep(config.SHUTDOWN_GRACE_MS), config.SHUTDOWN_GRACE_MS + 100);
  closing.add('registration', () => registration.close());
  closing.add('health', async () => server.health.set('not-serving'));
  await registration.registered(options.signal);
  await health.set('registry', isRegistered);
  health.start();
  closing.add('component health', () => health.close());
  telemetry.logger.info({ grpc, http, services: server.services }, 'serving');

  const stop = () => closing.close();
  return { name: parts.process, instance: parts.instance, grpc, http, server, stop, [Symbol.asyncDispose]: stop };
}

/** How long streams may go on once the process drains; their callers open them elsewhere. */
const STREAM_DRAIN_MS = 1_000;

/** Background work ends while the last calls are served, so that neither waits for the other. */
function addDraining(
  server: Server,
  { http, tasks }: { readonly http: HttpFace | undefined; readonly tasks: readonly BackgroundTask[] },
  { config, closing, clock, random, telemetry }: ServiceParts,
  stopping: AbortController,
): { start(): Background } {
  const timeoutMs = config.DRAIN_TIMEOUT_MS;
  let background: Background | undefined;
  const drain = async () => {
    stopping.abort();
    const face = http?.drain() ?? server.drain({ streamTimeoutMs: STREAM_DRAIN_MS, timeoutMs });
    await Promise.all([face, background?.stop()]);
  };
  closing.add('calls and background work', drain, timeoutMs + 500);
  return {
    start() {
      background = startBackground(tasks, { clock, random, logger: telemetry.logger });
      return background;
    },
  };
}
