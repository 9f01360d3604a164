import type { Events } from '../core/index.ts';
import type { DatabaseEvents } from '../store/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Times statements; logs lost connections and transactions that had to run again. */
export function observeDatabase(events: Events<DatabaseEvents>, logger: Logger, metrics: Metrics): void {
  events.on('statement', ({ name, durationMs, outcome }) => metrics.statements.observe(durationMs, [name, outcome]));
  events.on('transactionRetried', ({ attempt, code, waitMs }) =>
    logger.debug({ attempt, code, waitMs }, 'a transaction lost against another and runs again'),
  );
  events.on('connectionLost', ({ error }) => logger.warn({ err: error }, 'a database connection was lost'));
}
