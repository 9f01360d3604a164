import pg from 'pg';

import type { Secret } from '../config/index.ts';
import {
  AppError,
  createDeadlineWheel,
  type Clock,
  type DeadlineEntry,
  type Emitter,
  type Random,
} from '../core/index.ts';
import type { CallLimits } from './call-limits.ts';
import { cancelWhenOver } from './cancel-backend.ts';
import { createConnectGate, throughGate } from './connect-gate.ts';
import { DATABASE_UNAVAILABLE, databaseUnavailable, sqlState, translateError } from './database-error.ts';
import type { DatabaseEvents, PoolState, Queryable } from './database.ts';
import { Exchange, type StepAnswer } from './exchange.ts';
import { createPreparedNames } from './prepared-names.ts';
import type { Statement } from './statement.ts';
import { VALUE_TYPES } from './value-types.ts';
import { toWireValue } from './wire-value.ts';

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

/** A statement to send. */
export interface Sent {
  readonly statement: Statement;
  readonly parameters: readonly unknown[];
}

/** A connection that is ours until it is given back. */
export interface Connection {
  /**
   * Sends statements together and resolves when all are answered: one round trip. What follows one that fails is not run. Where limits are
   * given, the server is told to stop when one is over.
   */
  exchange(sent: readonly Sent[], limits: CallLimits | undefined): Promise<readonly StepAnswer[]>;
  /** Gives it back; with an error it is closed instead of used again. Once only. */
  release(error?: Error): void;
}

/** Statements that begin and end a transaction: they change nothing themselves. */
const BOUNDARIES: ReadonlySet<string> = new Set(['BEGIN', 'COMMIT', 'ROLLBACK']);

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
  {
    clock,
    random,
    events,
  }: { readonly clock: Clock; readonly random: Random; readonly events: Emitter<DatabaseEvents> },
): Connections {
  const pool = new pg.Pool({
    Client: throughGate(createConnectGate({ clock, random })),
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

  const cuts = createDeadlineWheel(clock);
  /** A server that was cut off neither answers nor closes: whatever is asked of it would be waited for as long as the system keeps the socket. */
  const cutLater = (client: pg.PoolClient & { end(): Promise<void> }, statements: number): DeadlineEntry => {
    const cut = {
      deadlineMs: clock.monotonicMs() + statements * options.statementTimeoutMs + ANSWER_GRACE_MS,
      expire: () => void client.end(),
      ...{ wheelTick: 0, wheelNext: undefined, wheelPrevious: undefined },
    };
    cuts.add(cut);
    return cut;
  };

  const tellStarts = (sent: readonly Sent[], before: string | undefined) => {
    let after = before;
    for (const { statement } of sent) {
      events.emit('statementStarted', { name: statement.name, after });
      if (!BOUNDARIES.has(statement.name)) after = statement.name;
    }
    return after;
  };
  const tellEnds = (sent: readonly Sent[], before: string | undefined, told: Told) => {
    let { startedAtMs, after } = { startedAtMs: told.startedAtMs, after: before };
    sent.forEach(({ statement }, index) => {
      const { name } = statement;
      const answer = told.ended[index];
      const endedAtMs = answer?.endedAtMs ?? clock.monotonicMs();
      const failed = index === told.ended.length ? told.failure : 'skipped';
      const outcome = answer === undefined ? failed : outcomeOf(name, answer);
      const durationMs = endedAtMs - startedAtMs;
      events.emit('statement', { name, after, durationMs, endedAtMs, outcome, rows: answer?.rowCount });
      if (outcome === 'ok') events.emit('done', { statement });
      startedAtMs = endedAtMs;
      if (!BOUNDARIES.has(name)) after = name;
    });
  };

  const exchange = async (
    client: pg.PoolClient & { end(): Promise<void> },
    sent: readonly Sent[],
    { limits, after }: { readonly limits: CallLimits | undefined; readonly after: string | undefined },
  ) => {
    limits?.throwIfOver();
    const startedAtMs = clock.monotonicMs();
    let failure = '';
    const steps = sent.map(({ statement, parameters }) => {
      return { name: preparedName(statement), text: statement.text, values: parameters.map(toWireValue) };
    });
    const asked = new Exchange(steps, clock);
    const watch = limits && cancelWhenOver(client, limits, clock);
    const cut = cutLater(client, sent.length);
    try {
      client.query(asked);
      return await asked.answers;
    } catch (error) {
      failure = sqlState(error) ?? 'connection';
      if (watch?.requested()) limits?.throwIfOver();
      if (error instanceof Error) Error.captureStackTrace(error); // the driver's own leads to a socket, this one to the caller
      throw translateError(error);
    } finally {
      cuts.remove(cut);
      await watch?.end();
      events.emit('roundTrip', { statements: sent.length });
      tellEnds(sent, after, { startedAtMs, ended: asked.ended, failure });
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
        exchange(sent, exchangeLimits) {
          const after = last;
          last = tellStarts(sent, after);
          return exchange(client, sent, { limits: exchangeLimits, after }).catch(noticeLoss);
        },
        release: (error) => client.release(error ?? lost),
      };
    },
    state: () => ({
      open: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
      max: options.maxConnections,
    }),
    async close() {
      await pool.end();
      cuts.close();
    },
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

/** How an exchange went, for whoever is told. */
interface Told {
  readonly startedAtMs: number;
  readonly ended: readonly StepAnswer[];
  /** Of the statement after those that ended. */
  readonly failure: string;
}

/** The server answers ROLLBACK, without an error, to a COMMIT after a statement that failed. */
function outcomeOf(name: string, { command }: StepAnswer): string {
  return BOUNDARIES.has(name) && command !== name ? command : 'ok';
}

/** Statements on one connection. */
export function queryableOn(
  run: (statement: Statement, parameters: readonly unknown[]) => Promise<StepAnswer>,
  atCommit: Queryable['atCommit'],
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
      return (await run(statement, parameters)).rowCount;
    },
    atCommit,
  };
}
