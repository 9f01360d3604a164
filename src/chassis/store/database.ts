import type { Events } from '../core/index.ts';
import type { Statement } from './statement.ts';

/**
 * Where statements run: a database (each statement on its own) or a transaction.
 *
 * Values arrive as: int8 `bigint`, timestamptz `Date` (its microseconds are cut off: compare and page by ids, not by a Date read before),
 * numeric and date `string`, bytea `Buffer`, jsonb parsed. Columns keep their names. Parameters may be bigint, Date, Uint8Array; a jsonb
 * parameter is JSON text.
 *
 * A statement ends with its call (currentCall()): past the deadline DEADLINE_EXCEEDED, after a cancellation an AbortError, and in both
 * cases the server is told to stop it. Other errors: UNAVAILABLE (DATABASE_UNAVAILABLE) when the server cannot be reached or went away,
 * DEADLINE_EXCEEDED (STATEMENT_TIMEOUT), ABORTED (LOCK_TIMEOUT), and otherwise the driver's own error.
 */
export interface Queryable {
  /** Every row. */
  rows<Row>(statement: Statement, parameters?: readonly unknown[]): Promise<Row[]>;
  /** The only row, or undefined; more than one is an error of the statement. */
  one<Row>(statement: Statement, parameters?: readonly unknown[]): Promise<Row | undefined>;
  /** How many rows were changed. */
  execute(statement: Statement, parameters?: readonly unknown[]): Promise<number>;
  /**
   * A statement whose outcome nobody waits for. In a transaction it goes together with COMMIT, after everything else and in the order of the
   * calls, and costs no round trip; when it fails, so does the transaction. On a database it runs at once.
   */
  atCommit(statement: Statement, parameters?: readonly unknown[]): Promise<void>;
}

/** How a transaction runs. */
export interface TransactionOptions {
  /** Ends the work beside the call's own signal and deadline. */
  readonly signal?: AbortSignal;
  /** Default: 'read committed'. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

/** One service's database. */
export interface Database extends Queryable, AsyncDisposable {
  readonly events: Events<DatabaseEvents>;
  /**
   * Commits what the work did, or nothing of it when it throws. The work runs again from its start when the server gave it up for another
   * (deadlock, serialization), so it changes nothing outside `tx` and calls nobody. `tx` is only good until the work ends.
   *
   * @throws AppError ABORTED, reason TRANSACTION_CONFLICT, when it lost every time.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Runs statements one after the other in one transaction (read committed), all in one round trip, and gives the rows of each. Each sees
   * what those before it did, and what others committed before it began. Run again as `transaction` is.
   */
  together(
    statements: readonly { readonly statement: Statement; readonly parameters?: readonly unknown[] }[],
  ): Promise<readonly (readonly unknown[])[]>;
  /** Resolves when the server answers. */
  ping(): Promise<void>;
  /** The connections now, for a gauge. */
  pool(): PoolState;
  /** Waits for what runs, then ends every connection. Idempotent. */
  close(): Promise<void>;
}

/** A pool's connections at one moment. */
export interface PoolState {
  readonly open: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  readonly max: number;
}

/** What a database tells telemetry. */
export interface DatabaseEvents {
  /** A statement is about to be sent; "BEGIN", "COMMIT" and "ROLLBACK" are statements too. */
  readonly statementStarted: DatabaseStatement;
  /** A statement ended; `outcome` is "ok", an SQLSTATE, "connection", "skipped" after one that failed in the same round trip, or "ROLLBACK" when the server answered a COMMIT with one. */
  readonly statement: DatabaseStatement & {
    readonly durationMs: number;
    /** On the monotonic clock; several statements of one round trip are told of when the last has ended. */
    readonly endedAtMs: number;
    readonly outcome: string;
    /** Given or changed; undefined when it failed. */
    readonly rows: number | undefined;
  };
  /** A statement went well; where it is part of a transaction, that is not committed yet. */
  readonly done: { readonly statement: Statement };
  /** The server answered to so many statements that were sent to it together; also when one failed. */
  readonly roundTrip: { readonly statements: number };
  /** A transaction lost against another and runs again; `attempt` counts the first. */
  readonly transactionRetried: { readonly attempt: number; readonly code: string; readonly waitMs: number };
  /** An idle connection broke. */
  readonly connectionLost: { readonly error: Error };
}

/** A statement, in the words of telemetry. */
export interface DatabaseStatement {
  readonly name: string;
  /** The statement before it on the same connection since that was taken from the pool: of a COMMIT, the last one it commits. */
  readonly after: string | undefined;
}
