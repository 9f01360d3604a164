import type { Secret } from '../config/index.ts';
import {
  AppError,
  backoffMs,
  createEmitter,
  systemClock,
  systemRandom,
  type Clock,
  type Random,
} from '../core/index.ts';
import { currentLimits, type CallLimits } from './call-limits.ts';
import { createConnections, queryableOn } from './connections.ts';
import { conflictState } from './database-error.ts';
import type { Database, DatabaseEvents, Queryable, TransactionOptions } from './database.ts';
import type { Statement } from './statement.ts';
import { runTogether, runTransaction } from './transaction.ts';

/** How a database is reached. */
export interface DatabaseOptions {
  /** postgres://role:password@host:port/database */
  readonly url: Secret;
  /** Shown in pg_stat_activity: the process, and the instance. */
  readonly applicationName: string;
  readonly maxConnections?: number;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  readonly idleConnectionMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * The defaults of DatabaseOptions. A statement that takes seconds is a defect of a service, not a load to be borne. A process that freezes
 * in a transaction keeps its locks until it has been idle for too long: less than a saga's claim lasts, or whoever takes the saga over would
 * wait for a row that nobody works on.
 */
export const DATABASE_DEFAULTS = {
  maxConnections: 10,
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 5_000,
  idleInTransactionTimeoutMs: 2_500,
  idleConnectionMs: 30_000,
} as const;

/** How often work that lost against another transaction is run, the first time included, and the waits between. */
const CONFLICT_RETRIES = { maxAttempts: 6, baseMs: 10, maxMs: 500 } as const;

const PING: Statement = { name: 'ping', text: 'SELECT 1' };

/** A pool of connections to one PostgreSQL database; the first statement opens the first connection. */
export function createDatabase(options: DatabaseOptions): Database {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const events = createEmitter<DatabaseEvents>();
  const connections = createConnections({ ...DATABASE_DEFAULTS, ...options }, { clock, random, events });
  let closing: Promise<void> | undefined;

  /** Runs work that may lose against other transactions until it wins. */
  const untilWon = async <T>(work: () => Promise<T>, limits: CallLimits): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const code = conflictState(error);
        if (code === undefined) throw error;
        if (attempt === CONFLICT_RETRIES.maxAttempts) throw conflict(error, attempt);
        const waitMs = backoffMs(attempt, CONFLICT_RETRIES, random);
        events.emit('transactionRetried', { attempt, code, waitMs });
        await sleepWithin(limits, clock, waitMs);
      }
    }
  };

  const runAlone = async (statement: Statement, parameters: readonly unknown[]) => {
    const limits = currentLimits(clock);
    return untilWon(async () => {
      const connection = await connections.acquire(limits);
      try {
        const [answer] = await connection.exchange([{ statement, parameters }], limits);
        return answer!; // one for each statement
      } finally {
        connection.release();
      }
    }, limits);
  };

  return {
    ...queryableOn(runAlone, async (statement, parameters = []) => void (await runAlone(statement, parameters))),
    events,
    transaction<T>(work: (tx: Queryable) => Promise<T>, transactionOptions: TransactionOptions = {}) {
      const limits = currentLimits(clock, transactionOptions.signal);
      return untilWon(
        () => runTransaction(connections, work, limits, transactionOptions.isolation ?? 'read committed'),
        limits,
      );
    },
    together(statements) {
      const limits = currentLimits(clock);
      const sent = statements.map(({ statement, parameters = [] }) => ({ statement, parameters }));
      return untilWon(() => runTogether(connections, sent, limits), limits);
    },
    async ping() {
      await runAlone(PING, []);
    },
    pool: () => connections.state(),
    close: () => (closing ??= connections.close()),
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

async function sleepWithin(limits: CallLimits, clock: Clock, ms: number): Promise<void> {
  const controller = new AbortController();
  const stopWaiting = limits.onOver(() => controller.abort());
  await clock.sleep(ms, controller.signal).catch(() => undefined);
  stopWaiting();
  limits.throwIfOver();
}

function conflict(cause: unknown, attempts: number): AppError {
  return new AppError({
    status: 'ABORTED',
    reason: 'TRANSACTION_CONFLICT',
    message: `the change lost against others ${attempts} times; try again`,
    cause,
  });
}
