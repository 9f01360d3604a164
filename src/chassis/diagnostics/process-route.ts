import { getHeapStatistics } from 'node:v8';

import { jsonAnswer, type AdminRoute } from '../admin/index.ts';
import type { Clock } from '../core/index.ts';
import type { Registration } from '../registry/index.ts';
import { databaseFacts, type Database, type PoolState } from '../store/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { measureLoop, type LoopFacts } from './measure-loop.ts';

/** What a process says of itself, for `tradewind doctor` and whoever compares processes. */
export interface ProcessFacts {
  readonly process: string;
  readonly instance: string;
  readonly version: string;
  /** Node's, "v24.21.0". */
  readonly node: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  /** Its clock when it answered, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** See contractVersion. */
  readonly contract: string;
  readonly memory: { readonly residentBytes: number; readonly heapUsedBytes: number; readonly heapLimitBytes: number };
  readonly eventLoop: LoopFacts;
  /** Open file descriptors and how many there may be; undefined where the system does not tell. */
  readonly files: { readonly open: number | undefined; readonly limit: number | undefined };
  /** Undefined while it has not begun to register. */
  readonly registration: RegistrationFacts | undefined;
  /** Its own certificate; undefined: it speaks plain text. */
  readonly certificate: CertificateFacts | undefined;
  /** Undefined: it owns none. */
  readonly database: DatabaseView | undefined;
}

/** Its certificate's life, in milliseconds since the epoch. */
export interface CertificateFacts {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Where its registration stands. */
export interface RegistrationFacts {
  readonly state: Registration['state']['kind'];
  /** Since the renewal was asked for that the registry answered last; undefined unless it is registered. */
  readonly keepaliveAgeSeconds: number | undefined;
  readonly ttlSeconds: number;
}

/** Its database, or why that does not answer. */
export type DatabaseView =
  | {
      readonly kind: 'answered';
      /** The database's clock minus the process's, in milliseconds; exact to the time of one round trip. */
      readonly clockAheadMs: number;
      readonly serverVersion: string;
      readonly migrations: readonly string[];
      readonly pool: PoolState;
    }
  | { readonly kind: 'failed'; readonly error: string };

/** What the facts are taken from; what comes up later is asked for anew each time. */
export interface ProcessRouteOptions {
  readonly process: string;
  readonly instance: string;
  readonly version: string;
  readonly contract: string;
  readonly leaseTtlSeconds: number;
  readonly database: () => Database | undefined;
  readonly certificates: () => CertificateFacts | undefined;
  readonly registration: () => Registration | undefined;
  readonly metrics: Pick<Metrics, 'registry'>;
  readonly clock: Clock;
}

/** Tells the facts. An answer takes a quarter of a second, for which the event loop is watched. */
export function processRoute(options: ProcessRouteOptions): AdminRoute {
  return {
    verb: 'GET',
    path: '/process',
    about: 'versions, clock, memory, event loop, file descriptors, registration, database and its migrations',
    handle: async () => jsonAnswer(200, await factsOf(options)),
  };
}

async function factsOf(options: ProcessRouteOptions): Promise<ProcessFacts> {
  const { process: name, instance, version, contract, metrics, clock } = options;
  const gauge = (metric: string) => gaugeOf(metrics, metric);
  const [eventLoop, database, open, limit] = await Promise.all([
    measureLoop(clock),
    databaseView(options),
    gauge('process_open_fds'),
    gauge('process_max_fds'),
  ]);
  const { rss, heapUsed } = process.memoryUsage();
  return {
    ...{ process: name, instance, version, contract, eventLoop, database },
    node: process.version,
    pid: process.pid,
    uptimeSeconds: Math.round(process.uptime()),
    memory: { residentBytes: rss, heapUsedBytes: heapUsed, heapLimitBytes: getHeapStatistics().heap_size_limit },
    files: { open, limit },
    registration: registrationFacts(options),
    certificate: certificateFacts(options),
    nowMs: clock.now(),
  };
}

function registrationFacts({ registration, leaseTtlSeconds, clock }: ProcessRouteOptions) {
  const state = registration()?.state;
  if (state === undefined) return undefined;
  const ageMs = state.kind === 'registered' ? clock.monotonicMs() - state.lastKeepaliveMs : undefined;
  return { state: state.kind, keepaliveAgeSeconds: ageMs && ageMs / 1_000, ttlSeconds: leaseTtlSeconds };
}

/** Of the certificates the life alone: they hold the private key. */
function certificateFacts({ certificates }: ProcessRouteOptions): CertificateFacts | undefined {
  const found = certificates();
  return found && { notBeforeMs: found.notBeforeMs, notAfterMs: found.notAfterMs };
}

async function databaseView({ database: open, clock }: ProcessRouteOptions): Promise<DatabaseView | undefined> {
  const database = open();
  if (database === undefined) return undefined;
  try {
    const askedMs = clock.now();
    const { nowMs, serverVersion, migrations } = await databaseFacts(database);
    const clockAheadMs = Math.round(nowMs - (askedMs + clock.now()) / 2);
    return { kind: 'answered', clockAheadMs, serverVersion, migrations, pool: database.pool() };
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? error.message : String(error) };
  }
}

/** What a gauge without labels of its own says; undefined where the system does not tell. */
async function gaugeOf({ registry }: Pick<Metrics, 'registry'>, name: string): Promise<number | undefined> {
  const values = (await registry.getSingleMetric(name)?.get())?.values;
  return values?.[0]?.value;
}
