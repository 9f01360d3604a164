import type { Queryable, Statement } from '../../store/index.ts';

/** Part of a transaction that may be taken back while the rest of it stands. */
export interface Provisional {
  /** For the part's own statements. */
  readonly tx: Queryable;
  /** It stands: what was left for the end of the transaction is left there. */
  keep(): Promise<void>;
  /** It never happened, what was left for the end included. */
  undo(): Promise<void>;
}

const SAVE: Statement = { name: 'save-effects', text: 'SAVEPOINT effects' };
const UNDO: Statement = { name: 'undo-effects', text: 'ROLLBACK TO SAVEPOINT effects' };

/** Begins such a part; one at a time. */
export async function beginProvisional(tx: Queryable): Promise<Provisional> {
  await tx.execute(SAVE);
  const last: (readonly [Statement, readonly unknown[] | undefined])[] = [];
  return {
    tx: {
      rows: (statement, parameters) => tx.rows(statement, parameters),
      one: (statement, parameters) => tx.one(statement, parameters),
      execute: (statement, parameters) => tx.execute(statement, parameters),
      atCommit: async (statement, parameters) => void last.push([statement, parameters]),
    },
    async keep() {
      for (const [statement, parameters] of last) await tx.atCommit(statement, parameters);
    },
    undo: async () => void (await tx.execute(UNDO)),
  };
}
