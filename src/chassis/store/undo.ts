import { AppError } from '../core/index.ts';
import type { Queryable } from './database.ts';
import type { Statement } from './statement.ts';
import { storeStatements } from './store-statements.ts';

/** What a command does, under every name that an undo may call it by. */
export interface Undoable {
  /** What is done: "reservation", "authorization". */
  readonly kind: string;
  /** "request:<request_id>", "order:<order_id>", a resource's id: at least one. */
  readonly names: readonly string[];
}

/**
 * The original's side: refuses when its undo came first. Call it in the transaction of the effect, before the effect; an undo that runs at
 * the same time then waits for this transaction, or has been seen. The transaction's isolation must be read committed.
 *
 * @throws AppError FAILED_PRECONDITION with the reason given.
 */
export async function refuseLateOriginal(
  tx: Queryable,
  original: Undoable & {
    /** From the service's ErrorReason: "RESERVATION_TOMBSTONED". */
    readonly reason: string;
  },
): Promise<void> {
  const statements = storeStatements();
  const { names, statement, parameters } = nameLock(original);
  await tx.rows(statement, parameters);
  const found = await tx.rows<{ readonly name: string }>(statements['tombstone-find'], [original.kind, names]);
  const [tombstone] = found;
  if (tombstone === undefined) return;
  throw new AppError({
    status: 'FAILED_PRECONDITION',
    reason: original.reason,
    message: `the ${original.kind} ${tombstone.name} was undone before it was asked for`,
    details: [
      {
        kind: 'preconditionFailure',
        violations: [
          {
            type: 'UNDONE',
            subject: `${original.kind}/${tombstone.name}`,
            description: 'was undone before it was asked for',
          },
        ],
      },
    ],
  });
}

/** What an undo does in either case. */
export interface UndoSteps<Effect, Response> {
  /** Reads what the original did, under the name given; undefined: nothing. Runs after the lock: what it does not see cannot come later. */
  find(): Promise<Effect | undefined>;
  /** Takes it back, and accepts that it may be taken back already. What it throws leaves no tombstone either. */
  undo(effect: Effect): Promise<Response>;
  /** Answers for what never happened. */
  neverHappened(): Response | Promise<Response>;
}

/**
 * The undo's side: takes back what the original did, or accepts that it never happened, and in both cases leaves a tombstone under the
 * names, so that an original which comes later is refused by `refuseLateOriginal`. Call it in the undo's transaction (inside its own
 * `idempotently`); isolation read committed.
 */
export async function undoOrTombstone<Effect, Response>(
  tx: Queryable,
  original: Undoable,
  steps: UndoSteps<Effect, Response>,
): Promise<Response> {
  const { names, statement, parameters } = nameLock(original);
  await tx.rows(statement, parameters);
  const effect = await steps.find();
  await tx.execute(storeStatements()['tombstone-leave'], [original.kind, names]);
  return effect === undefined ? steps.neverHappened() : steps.undo(effect);
}

/** The lock on what an undo may call something by. */
export interface NameLock {
  /** Each once. */
  readonly names: readonly string[];
  readonly statement: Statement;
  readonly parameters: readonly unknown[];
}

/**
 * Original and undo must not pass each other unseen: neither's row is visible to the other before its commit. The lock lives as long as the
 * transaction that runs the statement; two names that share a hash only wait for each other. Look for tombstones in a statement after this
 * one, which then sees them all.
 */
export function nameLock(original: Undoable): NameLock {
  if (original.names.length === 0) throw new Error(`an undoable ${original.kind} needs a name`);
  const names = [...new Set(original.names)].sort();
  return { names, statement: storeStatements()['tombstone-lock'], parameters: [original.kind, names] };
}
