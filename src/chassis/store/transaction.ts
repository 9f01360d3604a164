import type { CallLimits } from './call-limits.ts';
import { queryableOn, type Connection, type Connections, type Sent } from './connections.ts';
import { databaseUnavailable } from './database-error.ts';
import { AppError } from '../core/index.ts';
import type { Queryable, TransactionOptions } from './database.ts';

const COMMIT: Sent = { statement: { name: 'COMMIT', text: 'COMMIT' }, parameters: [] };
const ROLLBACK: Sent = { statement: { name: 'ROLLBACK', text: 'ROLLBACK' }, parameters: [] };
const BEGIN = {
  'read committed': begin('BEGIN'),
  'repeatable read': begin('BEGIN ISOLATION LEVEL REPEATABLE READ'),
  serializable: begin('BEGIN ISOLATION LEVEL SERIALIZABLE'),
} as const satisfies Record<NonNullable<TransactionOptions['isolation']>, Sent>;

function begin(text: string): Sent {
  return { statement: { name: 'BEGIN', text }, parameters: [] };
}

/**
 * Runs the work in one transaction on one connection, once. BEGIN goes with the first statement, and what was left for the end with COMMIT:
 * a transaction costs no round trip but those of its statements and one. Work without a statement asks the server nothing.
 */
export async function runTransaction<T>(
  connections: Connections,
  work: (tx: Queryable) => Promise<T>,
  limits: CallLimits,
  isolation: NonNullable<TransactionOptions['isolation']>,
): Promise<T> {
  const connection = await connections.acquire(limits);
  const transaction = openTransaction(connection, limits, BEGIN[isolation]);
  let unusable: Error | undefined;
  try {
    const result = await transaction.run(work);
    limits.throwIfOver();
    await transaction.commit();
    return result;
  } catch (error) {
    // Queued behind whatever the work left running on this connection.
    if (transaction.begun()) {
      await connection.exchange([ROLLBACK], undefined).catch((cause: Error) => (unusable = cause));
    }
    throw error;
  } finally {
    connection.release(unusable);
  }
}

/** Runs the statements in one transaction and one round trip; the rows of each. */
export async function runTogether(
  connections: Connections,
  statements: readonly Sent[],
  limits: CallLimits,
): Promise<readonly (readonly unknown[])[]> {
  const connection = await connections.acquire(limits);
  let unusable: Error | undefined;
  try {
    const answers = await connection.exchange([BEGIN['read committed'], ...statements, COMMIT], limits);
    return answers.slice(1, -1).map(({ rows }) => rows);
  } catch (error) {
    await connection.exchange([ROLLBACK], undefined).catch((cause: Error) => (unusable = cause));
    throw isAway(error) ? perhapsCommitted(error) : error;
  } finally {
    connection.release(unusable);
  }
}

function openTransaction(connection: Connection, limits: CallLimits, beginning: Sent) {
  const last: Sent[] = [];
  let begun = false;
  let open = true;
  const assertOpen = ({ statement }: Sent) => {
    if (!open) throw new Error(`statement ${statement.name} was run on a transaction that has ended`);
  };
  const tx = queryableOn(
    async (statement, parameters) => {
      const sent = { statement, parameters };
      assertOpen(sent);
      const first = !begun;
      begun = true;
      const answers = await connection.exchange(first ? [beginning, sent] : [sent], limits);
      return answers.at(-1)!; // of the statement
    },
    async (statement, parameters = []) => {
      const sent = { statement, parameters };
      assertOpen(sent);
      last.push(sent);
    },
  );
  return {
    begun: () => begun,
    async run<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
      try {
        return await work(tx);
      } finally {
        open = false;
      }
    },
    async commit(): Promise<void> {
      if (!begun && last.length === 0) return;
      const sent = begun ? [...last, COMMIT] : [beginning, ...last, COMMIT];
      begun = true;
      const answers = await connection.exchange(sent, undefined).catch((error: unknown) => {
        throw isAway(error) ? perhapsCommitted(error) : error;
      });
      // The server answers ROLLBACK, without an error, to a COMMIT after a statement that failed.
      if (answers.at(-1)?.command !== 'COMMIT')
        throw new Error('a statement of the transaction failed, and the work went on as if it had not');
    },
  };
}

function isAway(error: unknown): boolean {
  return error instanceof AppError && error.status === 'UNAVAILABLE';
}

function perhapsCommitted(error: unknown): AppError {
  return databaseUnavailable(
    error,
    'the database went away during a commit, which may have happened; repeat the call under its request id',
  );
}
