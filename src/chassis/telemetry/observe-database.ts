import type { Clock, Events } from '../core/index.ts';
import type { Database, DatabaseEvents } from '../store/index.ts';
import { recordedTraceparent } from '../tracing/index.ts';
import type { Logger } from './logger.ts';
import { measurePool } from './measure-pool.ts';
import type { Metrics } from './metrics.ts';
import { traceDatabase } from './trace-database.ts';

/** What observing a database needs. */
export interface DatabaseObserver {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Times and traces statements, shows the pool, and logs lost connections and transactions that had to run again. */
export function observeDatabase(database: Pick<Database, 'events' | 'pool'>, observer: DatabaseObserver): void {
  const { logger, metrics, clock } = observer;
  logDatabase(database.events, logger);
  database.events.on('statement', ({ name, durationMs, outcome }) => {
    metrics.statements.observe(durationMs, [name, outcome], recordedTraceparent());
  });
  measurePool(database, metrics);
  traceDatabase(database.events, clock);
}

function logDatabase(events: Events<DatabaseEvents>, logger: Logger): void {
  events.on('transactionRetried', ({ attempt, code, waitMs }) =>
    logger.debug({ attempt, code, waitMs }, 'a transaction lost against another and runs again'),
  );
  events.on('connectionLost', ({ error }) => logger.warn({ err: error }, 'a database connection was lost'));
}
