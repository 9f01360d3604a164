import pg from 'pg';

import type { Secret } from '../config/index.ts';
import { AppError, type Clock, type Emitter } from '../core/index.ts';
import type { CallLimits } from './call-limits.ts';
import { cancelWhenOver } from './cancel-backend.ts';
import { DATABASE_UNAVAILABLE, databaseUnavailable, sqlState, translateError } from './database-error.ts';
import type { DatabaseEvents, PoolState, Queryable } from './database.ts';
import { createPreparedNames } from './prepared-names.ts';
import type { Statement } from './statement.ts';
import { VALUE_TYPES } from './value-types.ts';

/** The settings of a pool, all with a unit and none optional. */
export interface ConnectionOptions {
  readonly url: Secret;
  readonly applicationName: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly idleConnectionMs: number;
}

/** A connection that is ours until it is given back. */
export interface Connection {
  /** Runs a prepared statement within the limits. */
  run(statement: Statement, parameters: readonly unknown[], limits: CallLimits): Promise<pg.QueryResult>;
  /** Runs a bare command (BEGIN, COMMIT); no limit stops it. Returns the server's word for what it did. */
  command(text: string): Promise<string>;
  /** Gives it back; with an error it is closed instead of used again. Once only. */
  release(error?: Error): void;
}

/** The pool: hands out connections, each with the time-outs of the options. */
export interface Connections {
  /** Waits for a free connection within the limits. */
  acquire(limits: CallLimits): Promise<Connection>;
  state(): PoolState;
  close(): Promise<void>;
}

/** The server ends a statement at its time-out; what has no answer so much later, in milliseconds, will never have one. */
const ANSWER_GRACE_MS = 2_000;

/**
 * Plans of prepared statements are kept, and most are made while a table is still empty, when reading all of it looks
 * cheapest: where an index serves it is taken. Without just-in-time compilation, which a plan that has no index would set off.
 */
const SESSION_SETTINGS = '-c enable_seqscan=off -c jit=off';

/** Opens no connection until one is asked for. */
export function createConnections(
  options: ConnectionOptions,
  clock: Clock,
  events: Emitter<DatabaseEvents>,
): Connections {
  const pool = new pg.Pool({
    connectionString: options.url.reveal(),
    application_name: options.applicationName,
    options: SESSION_SETTINGS,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: options.idleConnectionMs,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
    keepAlive: true,
    types: VALUE_TYPES,
  });
  const preparedName = createPreparedNames();
  pool.on('error', (error) => events.emit('connectionLost', { error }));
  // A connection that breaks while it is ours and idle (in a transaction, say) emits too, and nobody listening would end the process;
  // its next statement rejects.
  pool.on('connect', (client) => client.on('error', () => undefined));

  /** A server that was cut off neither answers nor closes: whatever is asked of it would be waited for as long as the system keeps the socket. */
  const answered = async <T>(client: pg.PoolClient & { end(): Promise<void> }, asked: Promise<T>): Promise<T> => {
    const cut = clock.setTimer(options.statementTimeoutMs + ANSWER_GRACE_MS, () => void client.end());
    try {
      return await asked;
    } finally {
      cut.cancel();
    }
  };

  const run = async (
    client: pg.PoolClient,
    statement: Statement,
    parameters: readonly unknown[],
    { limits, after }: { readonly limits: CallLimits; readonly after: string | undefined },
  ) => {
    limits.throwIfOver();
    const startedAt = clock.monotonicMs();
    let outcome = 'ok';
    const watch = cancelWhenOver(client, limits, clock);
    events.emit('statementStarted', { name: statement.name, after });
    try {
      const { text } = statement;
      return await answered(client, client.query({ name: preparedName(statement), text, values: [...parameters] }));
    } catch (error) {
      outcome = sqlState(error) ?? 'connection';
      if (watch.requested()) limits.throwIfOver();
      throw translateError(error);
    } finally {
      await watch.end();
      events.emit('statement', { name: statement.name, after, durationMs: clock.monotonicMs() - startedAt, outcome });
    }
  };

  const command = async (client: pg.PoolClient, text: string, after: string | undefined) => {
    const [name = text] = text.split(' ', 1);
    const startedAt = clock.monotonicMs();
    let outcome = 'ok';
    events.emit('statementStarted', { name, after });
    try {
      const answer = (await answered(client, client.query(text))).command;
      if (answer !== name) outcome = answer;
      return answer;
    } catch (error) {
      outcome = sqlState(error) ?? 'connection';
      throw translateError(error);
    } finally {
      events.emit('statement', { name, after, durationMs: clock.monotonicMs() - startedAt, outcome });
    }
  };

  return {
    async acquire(limits) {
      const client = await waitForClient(pool, limits);
      let lost: Error | undefined;
      let last: string | undefined;
      /** The pool takes a connection for good until its socket closes; the server says that it ends the session before that. */
      const noticeLoss = (error: unknown): never => {
        if (error instanceof AppError && error.reason === DATABASE_UNAVAILABLE) lost = error;
        throw error;
      };
      return {
        run: (statement, parameters, statementLimits) => {
          const after = last;
          last = statement.name;
          return run(client, statement, parameters, { limits: statementLimits, after }).catch(noticeLoss);
        },
        command: (text) => command(client, text, last).catch(noticeLoss),
        release: (error) => client.release(error ?? lost),
      };
    },
    state: () => ({
      open: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
      max: options.maxConnections,
    }),
    close: () => pool.end(),
  };
}

/** The pool cannot take a waiter back: a connection that comes after its caller left goes straight back. */
function waitForClient(pool: pg.Pool, limits: CallLimits): Promise<pg.PoolClient> {
  limits.throwIfOver();
  return new Promise((resolve, reject) => {
    let over = false;
    const stopWaiting = limits.onOver((error) => {
      over = true;
      reject(error);
    });
    pool.connect().then(
      (client) => {
        stopWaiting();
        if (over) client.release();
        else resolve(client);
      },
      (error: unknown) => {
        stopWaiting();
        // Whatever the reason (a wrong password, say): there is no database to be had.
        const translated = translateError(error);
        reject(translated === error ? databaseUnavailable(error) : (translated as Error));
      },
    );
  });
}

/** Statements on one connection. */
export function queryableOn(
  run: (statement: Statement, parameters: readonly unknown[]) => Promise<pg.QueryResult>,
): Queryable {
  return {
    async rows<Row>(statement: Statement, parameters: readonly unknown[] = []) {
      return (await run(statement, parameters)).rows as Row[]; // the caller types what its statement selects
    },
    async one<Row>(statement: Statement, parameters: readonly unknown[] = []) {
      const { rows } = await run(statement, parameters);
      if (rows.length > 1)
        throw new Error(`statement ${statement.name} gave ${rows.length} rows where one was expected`);
      return rows[0] as Row | undefined; // as above
    },
    async execute(statement: Statement, parameters: readonly unknown[] = []) {
      return (await run(statement, parameters)).rowCount ?? 0;
    },
  };
}
