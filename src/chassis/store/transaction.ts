import type { CallLimits } from './call-limits.ts';
import { queryableOn, type Connection, type Connections } from './connections.ts';
import { databaseUnavailable } from './database-error.ts';
import { AppError } from '../core/index.ts';
import type { Queryable, TransactionOptions } from './database.ts';

/** Runs the work in one transaction on one connection, once. */
export async function runTransaction<T>(
  connections: Connections,
  work: (tx: Queryable) => Promise<T>,
  limits: CallLimits,
  isolation: NonNullable<TransactionOptions['isolation']>,
): Promise<T> {
  const connection = await connections.acquire(limits);
  let unusable: Error | undefined;
  try {
    await connection.command(
      isolation === 'read committed' ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}`,
    );
    const result = await runWork(connection, work, limits);
    limits.throwIfOver();
    await commit(connection);
    return result;
  } catch (error) {
    // Queued behind whatever the work left running on this connection.
    await connection.command('ROLLBACK').catch((cause: Error) => (unusable = cause));
    throw error;
  } finally {
    connection.release(unusable);
  }
}

async function runWork<T>(connection: Connection, work: (tx: Queryable) => Promise<T>, limits: CallLimits): Promise<T> {
  let open = true;
  const tx = queryableOn(async (statement, parameters) => {
    if (!open) throw new Error(`statement ${statement.name} was run on a transaction that has ended`);
    return connection.run(statement, parameters, limits);
  });
  try {
    return await work(tx);
  } finally {
    open = false;
  }
}

async function commit(connection: Connection): Promise<void> {
  const outcome = await connection.command('COMMIT').catch((error: unknown) => {
    if (error instanceof AppError && error.status === 'UNAVAILABLE') {
      throw databaseUnavailable(
        error,
        'the database went away during a commit, which may have happened; repeat the call under its request id',
      );
    }
    throw error;
  });
  // The server answers ROLLBACK, without an error, to a COMMIT after a statement that failed.
  if (outcome !== 'COMMIT')
    throw new Error('a statement of the transaction failed, and the work went on as if it had not');
}
