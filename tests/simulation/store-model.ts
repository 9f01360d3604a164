/** A row of any table; versions are never changed, only replaced. */
export type ModelRow = Readonly<Record<string, unknown>>;

/** What a statement answers. */
export interface StatementResult {
  readonly rows: readonly ModelRow[];
  readonly count: number;
}

/** How a statement ended. */
export type StatementOutcome = { readonly result: StatementResult } | { readonly error: Error };

/** What a statement asks for while it runs: to go on once nobody holds the row. */
export interface RowWait {
  readonly key: string;
}

/** A statement, with what it sees. */
export interface StatementScope {
  readonly nowMs: number;
  /** What was committed when the statement began, and what its own transaction did before. */
  snapshot(): readonly (readonly [key: string, row: ModelRow])[];
  seen(key: string): ModelRow | undefined;
  /**
   * Locks a row that was seen and answers its newest version: another transaction may have changed it since the snapshot,
   * so the statement checks its conditions again on what it is given. With `skip`, undefined when somebody else holds it.
   */
  lock(key: string, options?: { readonly skip: boolean }): Generator<RowWait, ModelRow | undefined, void>;
  /** A new row; rejects (unique violation) where one is committed, and waits where one is being made. */
  insert(key: string, row: ModelRow): Generator<RowWait, void, void>;
  /** A new version of a row that is locked. */
  update(key: string, row: ModelRow): void;
  append(row: ModelRow): void;
  nextPosition(): bigint;
}

/** A statement's code. */
export type ModelStatement = (
  scope: StatementScope,
  parameters: readonly unknown[],
) => Generator<RowWait, StatementResult, void>;

/** One transaction at the store. */
export interface ModelTransaction {
  readonly isOpen: boolean;
  /** Runs one statement; `done` may be called at once, or when a lock is free. */
  run(statement: string, parameters: readonly unknown[], done: (outcome: StatementOutcome) => void): void;
  commit(): void;
  rollback(): void;
  /** Ends a statement that waits for a lock with an error, and the transaction with it; harmless when it does not wait. */
  giveUp(error: Error): void;
}

/** A version of a row as it was committed. */
export interface CommittedVersion {
  readonly key: string;
  readonly row: ModelRow;
  readonly before: ModelRow | undefined;
  readonly atMs: number;
  readonly statement: string;
}

/**
 * PostgreSQL at READ COMMITTED, for statements that are written in TypeScript: each statement sees what was committed when
 * it began; a row that another transaction holds is waited for, or skipped; once it is free its newest version is looked
 * at again (EvalPlanQual), while every other row is still seen as of the beginning.
 * Source: https://www.postgresql.org/docs/18/transaction-iso.html#XACT-READ-COMMITTED
 */
export interface StoreModel extends StoreLog {
  begin(): ModelTransaction;
}

/** What a store has committed. */
export interface StoreLog {
  /** Committed rows by key. */
  readonly rows: ReadonlyMap<string, ModelRow>;
  /** The append-only table, in the order of commits. */
  readonly appended: readonly ModelRow[];
  /** Every version of every row, in the order of commits. */
  readonly versions: readonly CommittedVersion[];
}

interface Waiting {
  readonly transaction: object;
  resume(): void;
}

/** Raised where two transactions wait for each other, in the words of the driver. */
export function databaseError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** An empty store. `now` is the database's clock. */
export function createStoreModel(statements: Readonly<Record<string, ModelStatement>>, now: () => number): StoreModel {
  let rows: ReadonlyMap<string, ModelRow> = new Map();
  let positions = 0n;
  const appended: ModelRow[] = [];
  const versions: CommittedVersion[] = [];
  const holders = new Map<string, object>();
  const queues = new Map<string, Waiting[]>();
  const waitsFor = new Map<object, string>();

  function wouldDeadlock(transaction: object, key: string): boolean {
    const seen = new Set<object>();
    for (let holder = holders.get(key); holder !== undefined && !seen.has(holder);) {
      if (holder === transaction) return true;
      seen.add(holder);
      const next = waitsFor.get(holder);
      holder = next === undefined ? undefined : holders.get(next);
    }
    return false;
  }

  function release(transaction: object): void {
    const free = [...holders].flatMap(([key, holder]) => (holder === transaction ? [key] : []));
    for (const key of free) holders.delete(key);
    for (const key of free) for (const waiting of queues.get(key)?.splice(0) ?? []) waiting.resume();
  }

  function begin(): ModelTransaction {
    const self = {};
    const written = new Map<string, { readonly row: ModelRow; readonly statement: string }>();
    const added: ModelRow[] = [];
    let isOpen = true;
    let stop: ((error: Error) => void) | undefined;

    function scopeOf(statement: string): StatementScope {
      const began = rows;
      // What the statement itself does is not seen by its other parts.
      const own = new Map(written);
      const seen = (key: string) => own.get(key)?.row ?? began.get(key);
      return {
        get nowMs() {
          return now();
        },
        snapshot() {
          return [...new Set([...began.keys(), ...own.keys()])].map((key) => [key, seen(key) ?? {}] as const);
        },
        seen,
        *lock(key, { skip } = { skip: false }) {
          while (holders.has(key) && holders.get(key) !== self) {
            if (skip) return undefined;
            yield { key };
          }
          holders.set(key, self);
          return written.get(key)?.row ?? rows.get(key);
        },
        *insert(key, row) {
          while (holders.has(key) && holders.get(key) !== self) yield { key };
          if (rows.has(key) || written.has(key)) throw databaseError('23505', `the key ${key} is there already`);
          holders.set(key, self);
          written.set(key, { row, statement });
        },
        update: (key, row) => void written.set(key, { row, statement }),
        append: (row) => void added.push(row),
        nextPosition: () => (positions += 1n),
      };
    }

    function end(): void {
      isOpen = false;
      release(self);
    }

    return {
      get isOpen() {
        return isOpen;
      },
      run(name, parameters, done) {
        const code = statements[name];
        if (code === undefined) throw new Error(`the store knows no statement ${name}`);
        const work = code(scopeOf(name), parameters);
        const fail = (error: Error) => {
          stop = undefined;
          if (isOpen) this.rollback();
          done({ error });
        };
        const step = (): void => {
          waitsFor.delete(self);
          stop = undefined;
          if (!isOpen) return; // given up while it waited
          try {
            const next = work.next();
            if (next.done === true) return done({ result: next.value });
            const { key } = next.value;
            if (wouldDeadlock(self, key)) throw databaseError('40P01', 'deadlock detected');
            waitsFor.set(self, key);
            stop = fail;
            const queue = queues.get(key) ?? [];
            queues.set(key, queue);
            queue.push({ transaction: self, resume: step });
          } catch (error) {
            fail(error as Error); // statements throw Errors only
          }
        };
        step();
      },
      commit() {
        if (!isOpen) return;
        const next = new Map(rows);
        for (const [key, { row, statement }] of written) {
          versions.push({ key, row, before: rows.get(key), atMs: now(), statement });
          next.set(key, row);
        }
        rows = next;
        appended.push(...added);
        end();
      },
      rollback() {
        if (isOpen) end();
      },
      giveUp(error) {
        if (stop === undefined) return;
        waitsFor.delete(self);
        for (const queue of queues.values()) {
          const at = queue.findIndex(({ transaction }) => transaction === self);
          if (at >= 0) queue.splice(at, 1);
        }
        stop(error);
      },
    };
  }

  return {
    begin,
    get rows() {
      return rows;
    },
    appended,
    versions,
  };
}
