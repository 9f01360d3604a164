import { backgroundCall, currentCall, runInCall } from '../core/index.ts';
import type { Database, Queryable } from '../store/index.ts';

/** What every operation has; PENDING: nobody has recorded an outcome. */
export interface PendingOrNot {
  readonly id: string;
  readonly state: 'PENDING' | 'SUCCEEDED' | 'REFUSED';
}

/** An outcome to write down, under the lock. */
export interface Recording<Operation, Subject, Outcome> {
  readonly operation: Operation;
  /** As it stands under the lock. */
  readonly subject: Subject;
  readonly outcome: Outcome;
  /** Nobody's call waited for it. */
  readonly reconciled: boolean;
}

/** What a service brings. `Subject`: what its operations are about. `Outcome`: what an answer means. */
export interface OperationPorts<Operation extends PendingOrNot, Subject, Outcome> {
  readonly database: Database;
  /** Names the work where no call is being served. */
  readonly job: string;
  /** Throws where there is none. */
  get(on: Queryable, id: string): Promise<Operation>;
  /** The operation whose outcome has to be known before this one can be asked for; undefined: it can be at once. */
  first(operation: Operation): Promise<string | undefined>;
  /** Asks the outside system, under the operation's key. No transaction is open: it may take its time. */
  ask(operation: Operation): Promise<Outcome>;
  /** Nobody else records an outcome for this subject before the transaction ends. */
  lock(tx: Queryable, operation: Operation): Promise<Subject>;
  /** Writes down the outcome and all that follows from it; returns the operation and its subject as they are then. */
  record(tx: Queryable, recording: Recording<Operation, Subject, Outcome>): Promise<Recorded<Operation, Subject>>;
  /** Told of the subject once that is committed, also when somebody else has recorded it. */
  recorded?(subject: Subject): void;
}

/** An operation and its subject, as a record left them. */
export interface Recorded<Operation, Subject> {
  readonly operation: Operation;
  readonly subject: Subject;
}

/** Operations that were written down are carried out outside, and what was answered is written down too. */
export interface Operations<Operation> {
  /**
   * Asks, under the operation's key, and records the outcome; an operation that is settled is returned as it is. However
   * often and by however many it is called, it happens once and one of the callers records it. `reconciled`: nobody's
   * call waits for it. AppError UNAVAILABLE when the outcome stays unknown.
   */
  settle(id: string, options?: { readonly reconciled: boolean }): Promise<Operation>;
}

/** Binds operations to their store and the outside system. */
export function createOperations<Operation extends PendingOrNot, Subject, Outcome>(
  ports: OperationPorts<Operation, Subject, Outcome>,
): Operations<Operation> {
  const { database, job } = ports;

  async function settle(id: string, { reconciled } = { reconciled: false }): Promise<Operation> {
    const asked = await ports.get(database, id);
    if (asked.state !== 'PENDING') return asked;
    const first = await ports.first(asked);
    if (first !== undefined) {
      await settle(first, { reconciled });
      return settle(id, { reconciled });
    }
    const outcome = await ports.ask(asked);
    const { operation, subject } = await beyondTheCall(job, () =>
      database.transaction(async (tx) => {
        const locked = await ports.lock(tx, asked);
        const now = await ports.get(tx, id);
        if (now.state !== 'PENDING') return { operation: now, subject: locked }; // somebody else has recorded it
        return ports.record(tx, { operation: now, subject: locked, outcome, reconciled });
      }),
    );
    ports.recorded?.(subject);
    return operation;
  }

  return { settle };
}

/** What was answered is written down also when the caller has gone or its deadline has passed. */
function beyondTheCall<T>(job: string, work: () => Promise<T>): Promise<T> {
  const call = currentCall() ?? backgroundCall({ callId: '', job });
  return runInCall({ ...call, deadlineMs: undefined, signal: undefined }, work);
}
