import { AppError } from '../core/index.ts';
import { assertEtag, etagOf, type Database, type Queryable } from '../store/index.ts';
import { decideCommand, type SagaCommand } from './command.ts';
import type { SagaDefinition } from './definition.ts';
import type { HistoryEntry } from './history.ts';
import type { TransitionHook } from './log.ts';
import { recordTransitions } from './postgres-log.ts';
import { toEntries, toRecord, type HistoryRow, type SagaRecord, type SagaRow } from './record.ts';
import type { SagaStateKind } from './state.ts';
import type { SagaStatements } from './statements.ts';

/** Who gives a command, and why. */
export interface CommandBy {
  readonly actor: string;
  /** Kept in the history. */
  readonly note: string;
  /** The saga's etag read before; empty acts whatever its state. */
  readonly etag?: string;
}

/** Which sagas to list. What is absent lets everything through. */
export interface SagaQuery {
  readonly states?: readonly SagaStateKind[];
  readonly name?: string;
  readonly correlationKey?: string;
  readonly minAgeSeconds?: bigint;
  readonly minIdleSeconds?: bigint;
  readonly orderBy: 'create_time' | 'update_time';
  readonly descending: boolean;
  /** The cursor of the last saga of the page before. */
  readonly after?: { readonly sortKey: bigint; readonly id: string };
  readonly limit: number;
}

/** A saga in a list, and the cursor that a next page starts after. */
export interface ListedSaga {
  readonly saga: SagaRecord;
  readonly sortKey: bigint;
}

/** The operator's hands. Reading is free; every command is written into the history with who gave it. */
export interface SagaOperator {
  /** @throws AppError NOT_FOUND, reason SAGA_NOT_FOUND. */
  get(sagaId: string): Promise<SagaRecord>;
  list(query: SagaQuery): Promise<readonly ListedSaga[]>;
  /** Each saga's latest entries, at most `limit` of each, oldest first. */
  history(sagaIds: readonly string[], limit: number): Promise<readonly HistoryEntry[]>;
  /** How long a saga's history is. */
  historyLength(sagaId: string): Promise<number>;
  /** Locks the saga for the transaction: for callers that lock other rows too, and must lock the saga's first. */
  lock(tx: Queryable, sagaId: string): Promise<SagaRecord>;
  /**
   * Carries a command out in the caller's transaction, hook included, and answers the saga as it stands then. It takes the
   * saga out of the hands of whoever works on it: what that worker is about to write is refused. A command that finds
   * nothing left to do is fine. Wake the worker after the commit.
   *
   * @throws AppError NOT_FOUND (SAGA_NOT_FOUND), (STEP_NOT_FOUND); FAILED_PRECONDITION (SAGA_FINISHED), (SAGA_PAST_PIVOT),
   * (STEP_NOT_SKIPPABLE), (SAGA_DEFINITION_UNKNOWN); ABORTED (ETAG_MISMATCH).
   */
  command(tx: Queryable, sagaId: string, command: SagaCommand, by: CommandBy): Promise<SagaRecord>;
}

/** A saga's etag. */
export function sagaEtag(saga: SagaRecord): string {
  return etagOf(saga.revision);
}

/** The operator's hands on the sagas of one database. */
export function createSagaOperator(options: {
  readonly database: Database;
  readonly statements: SagaStatements;
  readonly definitions: readonly SagaDefinition[];
  readonly onTransitions: TransitionHook | undefined;
}): SagaOperator {
  const { database, statements, definitions, onTransitions } = options;

  async function lock(tx: Queryable, sagaId: string): Promise<SagaRecord> {
    return toRecord(found(await tx.one<SagaRow>(statements['lock-saga'], [sagaId]), sagaId));
  }

  return {
    async get(sagaId) {
      return toRecord(found(await database.one<SagaRow>(statements['get-saga'], [sagaId]), sagaId));
    },

    async list(query) {
      const rows = await database.rows<SagaRow & { readonly sort_key: bigint }>(statements['list-sagas'], [
        query.states ?? null,
        query.name ?? null,
        query.correlationKey ?? null,
        query.minAgeSeconds ?? null,
        query.minIdleSeconds ?? null,
        query.orderBy,
        query.descending,
        query.after?.sortKey ?? null,
        query.after?.id ?? null,
        query.limit,
      ]);
      return rows.map((row) => ({ saga: toRecord(row), sortKey: row.sort_key }));
    },

    async history(sagaIds, limit) {
      const rows = await database.rows<HistoryRow>(statements['list-history'], [sagaIds, limit]);
      return latestOfEach(rows.reverse().flatMap(toEntries), limit);
    },

    async historyLength(sagaId) {
      const row = await database.one<{ readonly entries: number }>(statements['count-history'], [sagaId]);
      return row?.entries ?? 0;
    },

    lock,

    async command(tx, sagaId, command, by) {
      const saga = await lock(tx, sagaId);
      assertEtag(by.etag ?? '', saga.revision);
      const definition = definitionOf(definitions, saga);
      const decision = decideCommand({ definition, state: saga.state, claimed: saga.owner !== undefined }, command);
      if (decision === undefined) return saga;
      const [first, ...others] = decision.history;
      const history = first === undefined ? [] : [{ ...first, actor: by.actor, note: by.note }, ...others];
      const dated = history.map((entry) => ({ ...entry, agoMs: 0 }));
      const change = { saga, next: decision.next, history: dated, outputs: {}, hold: false, delayMs: 0, again: false };
      const options = { statements, instanceId: undefined };
      const { transitions } = await recordTransitions(tx, options, [change], { command: true });
      await onTransitions?.(tx, transitions);
      return lock(tx, sagaId);
    },
  };
}

function latestOfEach(entries: readonly HistoryEntry[], limit: number): readonly HistoryEntry[] {
  const left = new Map<string, number>();
  for (const { sagaId } of entries) left.set(sagaId, (left.get(sagaId) ?? 0) + 1);
  return entries.filter(({ sagaId }) => {
    const remaining = left.get(sagaId) ?? 0;
    left.set(sagaId, remaining - 1);
    return remaining <= limit;
  });
}

/** The definition a saga started with. */
export function definitionOf(definitions: readonly SagaDefinition[], saga: SagaRecord): SagaDefinition {
  const definition = definitions.find(({ name, version }) => name === saga.name && version === saga.version);
  if (definition !== undefined) return definition;
  throw new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'SAGA_DEFINITION_UNKNOWN',
    message: `this instance does not know ${saga.name} version ${saga.version}`,
  });
}

function found(row: SagaRow | undefined, sagaId: string): SagaRow {
  if (row !== undefined) return row;
  throw new AppError({
    status: 'NOT_FOUND',
    reason: 'SAGA_NOT_FOUND',
    message: `no saga has the id ${sagaId}`,
    details: [{ kind: 'resourceInfo', resourceType: 'saga', resourceName: sagaId }],
  });
}
