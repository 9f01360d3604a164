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

/** What it takes to ask for an operation, its subject among it. */
export interface Facts<Subject> {
  readonly subject: Subject;
}

/** An operation with what it takes to ask for it, known without reading it. */
export interface Known<Operation, Needed> {
  readonly operation: Operation;
  readonly facts: Needed;
}

/**
 * What a service brings. `Subject`: what its operations are about. `Outcome`: what an answer means. `Needed`: what it
 * takes to ask.
 */
export interface OperationPorts<
  Operation extends PendingOrNot,
  Subject,
  Outcome,
  Needed extends Facts<Subject> = Facts<Subject>,
> {
  readonly database: Database;
  /** Names the work where no call is being served. */
  readonly job: string;
  /** Throws where there is none. */
  get(on: Queryable, id: string): Promise<Operation>;
  /** The operation whose outcome has to be known before this one can be asked for; undefined: it can be at once. */
  first(operation: Operation): Promise<string | undefined>;
  /** Reads what it takes to ask. */
  facts(operation: Operation): Promise<Needed>;
  /** Asks the outside system, under the operation's key. No transaction is open: it may take its time. */
  ask(operation: Operation, facts: Needed): Promise<Outcome>;
  /**
   * Writes down together with other outcomes, in one statement, what `record` would write: where the subject is as it was
   * and the operation is pending. Undefined: nothing was changed, and `record` has to look.
   */
  recordPlainly?(recording: Recording<Operation, Subject, Outcome>): Promise<Recorded<Operation, Subject> | undefined>;
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
export interface Operations<Operation, Needed = never> {
  /**
   * Asks, under the operation's key, and records the outcome; an operation that is settled is returned as it is. However
   * often and by however many it is called, it happens once and one of the callers records it. `reconciled`: nobody's
   * call waits for it. AppError UNAVAILABLE when the outcome stays unknown.
   */
  settle(id: string, options?: { readonly reconciled: boolean }): Promise<Operation>;
  /** The same, for a pending operation that nothing has to precede and that its caller has just written down. */
  settleKnown(known: Known<Operation, Needed>): Promise<Operation>;
}

/** Binds operations to their store and the outside system. */
export function createOperations<
  Operation extends PendingOrNot,
  Subject,
  Outcome,
  Needed extends Facts<Subject> = Facts<Subject>,
>(ports: OperationPorts<Operation, Subject, Outcome, Needed>): Operations<Operation, Needed> {
  const { database, job } = ports;

  async function settle(id: string, { reconciled } = { reconciled: false }): Promise<Operation> {
    const operation = await ports.get(database, id);
    if (operation.state !== 'PENDING') return operation;
    const first = await ports.first(operation);
    if (first !== undefined) {
      await settle(first, { reconciled });
      return settle(id, { reconciled });
    }
    return carryOut({ operation, facts: await ports.facts(operation) }, reconciled);
  }

  async function carryOut({ operation: asked, facts }: Known<Operation, Needed>, reconciled: boolean) {
    const outcome = await ports.ask(asked, facts);
    const { operation, subject } = await beyondTheCall(job, async () => {
      const plain = await ports.recordPlainly?.({ operation: asked, subject: facts.subject, outcome, reconciled });
      return plain ?? database.transaction((tx) => record(tx, asked, outcome, reconciled));
    });
    ports.recorded?.(subject);
    return operation;
  }

  async function record(tx: Queryable, asked: Operation, outcome: Outcome, reconciled: boolean) {
    const subject = await ports.lock(tx, asked);
    const operation = await ports.get(tx, asked.id);
    if (operation.state !== 'PENDING') return { operation, subject }; // somebody else has recorded it
    return ports.record(tx, { operation, subject, outcome, reconciled });
  }

  return { settle, settleKnown: (known) => carryOut(known, false) };
}

/** What was answered is written down also when the caller has gone or its deadline has passed. */
function beyondTheCall<T>(job: string, work: () => Promise<T>): Promise<T> {
  const call = currentCall() ?? backgroundCall({ callId: '', job });
  return runInCall({ ...call, deadlineMs: undefined, signal: undefined }, work);
}
