import type { Clock } from '../core/index.ts';
import type { Database } from './database.ts';
import type { Statement } from './statement.ts';
import { storeStatements } from './store-statements.ts';

/** A log whose rows are numbered by a sequence, each drawn by a transaction that has written something before. */
export interface OrderedLog<Row extends { readonly position: bigint }> {
  readonly database: Database;
  /** The rows after `after`, at most up to `through`, in order, as many as are wanted at most. */
  between(after: bigint, through: bigint): Promise<readonly Row[]>;
}

/** Between two looks at whether a gap is closed, in milliseconds; transactions here take a few. */
const SETTLE_MS = 5;

const LAST_POSITION = 2n ** 63n - 1n;

/**
 * The next rows of a log, in order; empty when there is none yet. A position may be committed before a lower one: the rows before the first
 * gap are given at once, and at a gap it waits until no transaction that runs can fill it. So a reader that goes on after the last row it
 * was given misses none.
 */
export async function readInOrder<Row extends { readonly position: bigint }>(
  { database, between }: OrderedLog<Row>,
  { after, clock, signal }: { readonly after: bigint; readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<readonly Row[]> {
  const statements = storeStatements();
  const idOf = async (statement: Statement) => (await database.one<{ readonly id: bigint }>(statement))?.id ?? 0n;

  const seen = await between(after, LAST_POSITION);
  const last = seen.at(-1);
  if (last === undefined) return [];
  const certain = seen.filter(({ position }, index) => position === after + BigInt(index) + 1n);
  if (certain.length > 0) return certain;
  // Who has taken a position below one that is seen had written before, and so had an id below this one.
  const bound = await idOf(statements['draw-transaction-id']);
  while ((await idOf(statements['oldest-transaction-id'])) < bound) await clock.sleep(SETTLE_MS, signal);
  return between(after, last.position);
}
