import pg from 'pg';

import { AppError } from '../core/index.ts';

/** The reason of every error that says there is no database to be had now. */
export const DATABASE_UNAVAILABLE = 'DATABASE_UNAVAILABLE';

/** Codes of network errors that mean "the server was not reached". */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * SQLSTATEs that mean "not now": shutting down, crashed, starting, too many connections, session ended while it idled in a transaction.
 * Class 08 (connection exceptions) comes on top. Source: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const UNAVAILABLE_STATES: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '53300', '25P03']);

/** What the driver says, without a code, of a connection that is gone or was never had. */
const CONNECTION_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after)/;

/** Lost against another transaction: serialization failure and deadlock. */
const CONFLICT_STATES: ReadonlySet<string> = new Set(['40001', '40P01']);

/** The SQLSTATE of an error, or of what caused it. */
export function sqlState(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof pg.DatabaseError) return current.code;
  }
  return undefined;
}

/** The SQLSTATE of an error that goes away when the transaction is run again. */
export function conflictState(error: unknown): string | undefined {
  const state = sqlState(error);
  return state !== undefined && CONFLICT_STATES.has(state) ? state : undefined;
}

/** The name of the unique constraint that the error says was violated, or undefined for any other error. */
export function uniqueViolation(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code === '23505' ? error.constraint : undefined;
}

/** What a driver's error is to a caller; errors about the data and the statement stay as they are, for the repository to read. */
export function translateError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = (error as { readonly code?: string }).code ?? '';
  if (
    NETWORK_CODES.has(code) ||
    UNAVAILABLE_STATES.has(code) ||
    code.startsWith('08') ||
    CONNECTION_MESSAGE.test(error.message)
  ) {
    return databaseUnavailable(error);
  }
  if (code === '57014') {
    return new AppError({
      status: 'DEADLINE_EXCEEDED',
      reason: 'STATEMENT_TIMEOUT',
      message: 'a database statement took too long',
      cause: error,
    });
  }
  if (code === '55P03') {
    return new AppError({
      status: 'ABORTED',
      reason: 'LOCK_TIMEOUT',
      message: 'another call holds the same rows for too long',
      cause: error,
    });
  }
  return error;
}

/** UNAVAILABLE: the caller may try again, here or elsewhere. */
export function databaseUnavailable(cause: unknown, message = 'the database is not available'): AppError {
  return new AppError({ status: 'UNAVAILABLE', reason: DATABASE_UNAVAILABLE, message, cause });
}

/** True when the server cannot be reached or went away: nothing is wrong with what was asked of it. */
export function isDatabaseAway(error: unknown): boolean {
  return error instanceof AppError && error.reason === DATABASE_UNAVAILABLE;
}
