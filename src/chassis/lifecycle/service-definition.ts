import type { z } from 'zod';

import type { AdminRoute } from '../admin/index.ts';
import type { ChassisClient } from '../client/index.ts';
import { baseConfiguration, databaseUrl, type BaseConfiguration } from '../config/index.ts';
import type { Clock, NewId, Random } from '../core/index.ts';
import type { Check } from '../health/index.ts';
import type { WatchedParts } from '../crash-points/index.ts';
import type { Backlog } from '../diagnostics/index.ts';
import type { ConsumerDefinition } from '../events/index.ts';
import type { InProcessWork } from '../in-process/index.ts';
import type { ServiceBinding } from '../server/index.ts';
import type { Database, PageTokens } from '../store/index.ts';
import type { GuardedByName, Logger, Telemetry } from '../telemetry/index.ts';
import type { Need } from './neighbours.ts';
import type { TsProtoServiceDefinition } from 'nice-grpc';

/** The keys a process adds to the base configuration. */
export type ConfigurationShape = Readonly<Record<string, z.ZodType>>;

/** What a service's keys and the base's parse to. */
export type ConfigurationOf<Shape extends ConfigurationShape> = BaseConfiguration &
  Readonly<{ [Key in keyof Shape]: z.output<Shape[Key]> }>;

/** What the chassis gives a service to build itself from. */
export interface ServiceContext<Config = BaseConfiguration> {
  /** "order". */
  readonly process: string;
  /** Names this copy among its replicas. */
  readonly instance: string;
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  /** The service's own database, migrated. Reading it throws when the service declares no migrations. */
  readonly database: Database;
  readonly pageTokens: PageTokens;
  readonly telemetry: Telemetry;
  /** A client of another process (or of a replica of this one), found through the registry. Closed by the chassis. */
  client<Definition extends TsProtoServiceDefinition>(
    definition: Definition,
    process: string,
  ): ChassisClient<Definition>;
  /** Fires when the process begins to drain. */
  readonly signal: AbortSignal;
}

/** Work that runs beside the calls for as long as the process serves. */
export interface BackgroundTask {
  readonly name: string;
  /**
   * Ends when the signal fires; ending before that means there is nothing left to do. When it throws, it is logged and
   * run again after a growing wait.
   */
  run(signal: AbortSignal): Promise<void>;
}

/** A process's HTTP server, where that is its face to its callers. */
export interface HttpFace {
  /** Resolves with the port it listens on. */
  listen(options: { readonly host: string; readonly port: number }): Promise<number>;
  /** Takes no new requests and resolves when those under way are answered; also before listen(). */
  drain(): Promise<void>;
}

/** What a service is made of, once built. */
export interface Wiring {
  readonly grpc: readonly ServiceBinding[];
  /** Served on PORT instead of gRPC: the process is one that speaks HTTP to the outside. */
  readonly http?: HttpFace;
  readonly background?: readonly BackgroundTask[];
  /** What it does about other processes' events (and its own), in its own database; needs EVENTS_MIGRATIONS. */
  readonly consumers?: readonly ConsumerDefinition[];
  /** The names of the parts that it plays in what moves by events alone, for operators; needs PARTS_MIGRATIONS. */
  readonly parts?: readonly string[];
  /** Further components of /health/ready, beside database, registry, neighbours, configuration, background and grpc. */
  readonly checks?: Readonly<Record<string, Check>>;
  /** Further routes of the admin port. */
  readonly routes?: readonly AdminRoute[];
  /** Work that waits, for the admin port and `tradewind doctor`. */
  readonly backlogs?: readonly Backlog[];
  /**
   * Its task queues and buses: logged, measured and shown among the backlogs; closed after the last call and the last background task,
   * before `close()`.
   */
  readonly inProcess?: readonly InProcessWork[];
  /** What the service's own parts tell, for whoever looks on: crash points. */
  readonly events?: Pick<WatchedParts, 'sagas' | 'exchanges' | 'parts'>;
  /** What its policies guard, for logs and metrics, by name: "carrier". */
  readonly policies?: GuardedByName;
  /** Shown to callers in the registry. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Called after the last call and the last background task, before the database closes. */
  close?(): Promise<void>;
}

/** One process of the suite, not running. */
export interface ServiceDefinition<Shape extends ConfigurationShape = ConfigurationShape> {
  readonly name: string;
  /** Every key it reads, for parsing and for documentation (describeConfiguration). */
  readonly schema: z.ZodObject;
  /** Folders of migrations, in order; undefined: it owns no database. */
  readonly migrations: readonly URL[] | undefined;
  /** Whether it can do its work without a process that it calls; one that is not named is required. */
  readonly neighbours: Readonly<Record<string, Need>> | undefined;
  /** Builds the service. Called once, when the database is migrated and nobody calls yet. */
  wire(context: ServiceContext<ConfigurationOf<Shape>>): Promise<Wiring>;
}

/** What a service declares of itself. */
export interface ServiceDeclaration<Shape extends ConfigurationShape> {
  readonly name: string;
  /** Keys beyond baseConfiguration; a key of the same name replaces the base's. */
  readonly configuration?: Shape;
  /** Makes the service own a database: DATABASE_URL is then required. */
  readonly migrations?: readonly URL[];
  /** What it can do without, of the processes it calls: shown and reported, never a reason to be unhealthy. */
  readonly neighbours?: Readonly<Record<string, Need>>;
  wire(context: ServiceContext<ConfigurationOf<Shape>>): Promise<Wiring>;
}

/** Declares a process. Does nothing but check names: runService or startService run it. */
export function defineService<const Shape extends ConfigurationShape = Record<never, never>>(
  declaration: ServiceDeclaration<Shape>,
): ServiceDefinition<Shape> {
  const { name, configuration, migrations, neighbours, wire } = declaration;
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is no process name`);
  const owned =
    migrations === undefined ? {} : { DATABASE_URL: databaseUrl('postgres:// URL of the database it owns.') };
  return { name, schema: baseConfiguration.extend({ ...owned, ...configuration }), migrations, neighbours, wire };
}
