import type { Alerts } from '../alerts/index.ts';
import { createClientFactory, type ClientFactory } from '../client/index.ts';
import { Secret, type BaseConfiguration } from '../config/index.ts';
import type { Clock, NewId, Random } from '../core/index.ts';
import { openRegistry as openRegistryAt, type Registry } from '../registry/index.ts';
import { createDatabase, createPageTokens, migrate, type Database } from '../store/index.ts';
import {
  logBalancing,
  logCalling,
  logClients,
  measureBalancing,
  measureCalling,
  measureClients,
  observeDatabase,
  type Telemetry,
} from '../telemetry/index.ts';
import type { ProcessIdentity } from '../identity/index.ts';
import type { Closing } from './closing.ts';
import type { ServiceContext } from './service-definition.ts';
import type { StartOptions } from './start-options.ts';

/** What is known before anything of a service is open. */
export interface ServiceParts {
  readonly process: string;
  readonly instance: string;
  readonly config: BaseConfiguration;
  /** What the configuration was read from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly telemetry: Telemetry;
  /** Undefined: nobody wants to be told. */
  readonly alerts: Alerts | undefined;
  readonly closing: Closing;
  /** Undefined: it speaks plain text. */
  readonly identity: ProcessIdentity | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly options: StartOptions;
}

/** What a service stands on. */
export interface OpenParts {
  readonly context: ServiceContext;
  readonly registry: Registry;
  readonly database: Database | undefined;
  readonly clients: ClientFactory;
  /** Aborted when the process begins to drain. */
  readonly stopping: AbortController;
}

/** Opens the registry, the database (migrated) and the clients; each is closed through `closing`. */
export async function openParts(parts: ServiceParts, migrations: readonly URL[] | undefined): Promise<OpenParts> {
  const { process, instance, config, telemetry, clock, random, newId } = parts;
  const registry = await openRegistry(parts);
  const database = migrations === undefined ? undefined : await openDatabase(parts, migrations);
  const clients = openClients(parts, registry);
  const stopping = new AbortController();
  const context: ServiceContext = {
    ...{ process, instance, config, telemetry, clock, random, newId },
    logger: telemetry.logger,
    database: database ?? noDatabase(process),
    pageTokens: createPageTokens({ secret: pageTokenSecret(parts) }),
    client: (definition, target) => clients.client(definition, `${registry.scheme ?? 'registry'}:///${target}`),
    signal: stopping.signal,
  };
  return { context, registry, database, clients, stopping };
}

async function openRegistry({ config, closing, clock, random, options }: ServiceParts): Promise<Registry> {
  if (options.registry !== undefined) return options.registry;
  const registry = await openRegistryAt(config.REGISTRY_URL ?? { kind: 'etcd', endpoints: config.ETCD_ENDPOINTS }, {
    leaseTtlSeconds: config.ETCD_LEASE_TTL_SECONDS,
    consulToken: config.CONSUL_HTTP_TOKEN?.reveal(),
    ...{ clock, random },
  });
  closing.add('registry', () => registry.close());
  return registry;
}

async function openDatabase(
  { config, process, telemetry, closing, clock, random, options }: ServiceParts,
  directories: readonly URL[],
): Promise<Database> {
  const { logger, metrics } = telemetry;
  const url = config.DATABASE_URL;
  if (url === undefined) throw new Error('DATABASE_URL is required'); // the schema has said so already
  await migrate({
    url,
    directories,
    clock,
    onApplied: ({ name, ms }) => logger.info({ migration: name, ms }, 'migrated'),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const database = createDatabase({ url, applicationName: `tradewind/${process}`, clock, random });
  closing.add('database', () => database.close());
  observeDatabase(database, { logger, metrics, clock });
  await database.ping();
  return database;
}

function openClients(
  { process, instance, config, identity, telemetry, closing, clock, random }: ServiceParts,
  registry: Registry,
) {
  const clients = createClientFactory({
    from: process,
    instance,
    zone: config.ZONE,
    registry,
    identity,
    snapshotDirectory: config.DISCOVERY_SNAPSHOT_DIR,
    tracing: telemetry.traces.calls,
    drainTimeoutMs: 500,
    ...{ clock, random },
  });
  closing.add('clients', () => clients.close());
  logClients(clients.events, telemetry.logger);
  measureClients(clients.events, telemetry.metrics);
  logBalancing(clients, telemetry.logger);
  measureBalancing(clients, telemetry.metrics);
  logCalling(clients, telemetry.logger);
  measureCalling(clients, telemetry.metrics);
  return clients;
}

function pageTokenSecret({ config, telemetry, random }: ServiceParts): Secret {
  if (config.PAGE_TOKEN_SECRET !== undefined) return config.PAGE_TOKEN_SECRET;
  telemetry.logger.warn('PAGE_TOKEN_SECRET is not set: page tokens end with this process and no replica reads them');
  return new Secret(Buffer.from(random.bytes(32)).toString('base64url'));
}

/** Stands where the database of a service would be that declares none. */
function noDatabase(process: string): Database {
  return new Proxy({} as Database, {
    get(_target, name) {
      throw new Error(`${process} reads database.${String(name)} and declares no migrations`);
    },
  });
}
