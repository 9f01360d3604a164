import { AppError } from '../core/index.ts';
import { assertEtag, etagOf, type Database, type Queryable } from '../store/index.ts';
import { decideCommand, type CommandDecision, type SagaCommand } from './command.ts';
import type { SagaDefinition } from './definition.ts';
import type { HistoryEntry } from './history.ts';
import type { TransitionHook } from './log.ts';
import { recordTransitions } from './postgres-log.ts';
import { SAGA_QUARANTINED } from './quarantine.ts';
import { toEntries, toRecord, type HistoryRow, type SagaRecord, type SagaRow } from './record.ts';
import { filterParameters, type SagaFilter } from './saga-filter.ts';
import type { SagaFailure, SagaStateKind } from './state.ts';
import type { SagaStatements } from './statements.ts';

/** Who gives a command, and why. */
export interface CommandBy {
  readonly actor: string;
  /** Kept in the history. */
  readonly note: string;
  /** The saga's etag read before; empty acts whatever its state. */
  readonly etag?: string;
}

/** Which sagas to list, and in which order. */
export interface SagaQuery extends SagaFilter {
  /** Only those started until then: a `readTime` of a list before. */
  readonly until?: bigint;
  readonly orderBy: 'create_time' | 'update_time';
  readonly descending: boolean;
  /** The cursor of the last saga of the page before. */
  readonly after?: { readonly sortKey: bigint; readonly id: string };
  readonly limit: number;
}

/** A saga in a list. */
export interface ListedSaga {
  readonly saga: SagaRecord;
  /** With the id, what a next page starts after. */
  readonly sortKey: bigint;
  /** When the list was read, in microseconds by the database's clock. */
  readonly readTime: bigint;
}

/** Sagas that stand at the same place for the same reason. */
export interface SagaCount {
  readonly state: SagaStateKind;
  readonly name: string;
  readonly version: number;
  /** Absent when they are over, and when their definition is not known here. */
  readonly step: string | undefined;
  /** Why they are parked or undone. */
  readonly reason: string | undefined;
  readonly count: bigint;
  readonly oldestCreateTime: Date;
  readonly oldestUpdateTime: Date;
  /** Since when the first of them is parked. */
  readonly oldestParkTime: Date | undefined;
}

/** The operator's hands. Reading is free; every command is written into the history with who gave it. */
export interface SagaOperator {
  /** @throws AppError NOT_FOUND, reason SAGA_NOT_FOUND. */
  get(sagaId: string): Promise<SagaRecord>;
  /** Reads in a transaction where one is given: there it sees what the transaction has locked. */
  list(query: SagaQuery, tx?: Queryable): Promise<readonly ListedSaga[]>;
  count(filter: SagaFilter): Promise<readonly SagaCount[]>;
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
  /** What a command would make of the saga as it was read; undefined: nothing is left to do. Throws as `command` does. */
  plan(saga: SagaRecord, command: SagaCommand): CommandDecision | undefined;
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
    return toShown(found(await tx.one<SagaRow>(statements['lock-saga'], [sagaId]), sagaId));
  }

  function plan(saga: SagaRecord, command: SagaCommand): CommandDecision | undefined {
    const definition = definitionOf(definitions, saga);
    return decideCommand({ definition, state: saga.state, claimed: saga.owner !== undefined }, command);
  }

  return {
    async get(sagaId) {
      return toShown(found(await database.one<SagaRow>(statements['get-saga'], [sagaId]), sagaId));
    },

    async list(query, tx = database) {
      const rows = await tx.rows<ListedRow>(statements['list-sagas'], [
        ...filterParameters(query, definitions),
        query.until ?? null,
        query.orderBy,
        query.descending,
        query.after?.sortKey ?? null,
        query.after?.id ?? null,
        query.limit,
      ]);
      return rows.map((row) => ({ saga: toShown(row), sortKey: row.sort_key, readTime: row.read_time }));
    },

    async count(filter) {
      const rows = await database.rows<CountRow>(statements['count-sagas'], filterParameters(filter, definitions));
      return together(rows.map((row) => toCount(row, definitions)));
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
    plan,

    async command(tx, sagaId, command, by) {
      const saga = await lock(tx, sagaId);
      assertEtag(by.etag ?? '', saga.revision);
      const decision = plan(saga, command);
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

/** A worker cannot go on with a row that lost its failure, and leaves it to an operator, who must not fail on it too. */
function toShown(row: SagaRow): SagaRecord {
  const lost: SagaFailure = { status: 'DATA_LOSS', reason: SAGA_QUARANTINED, message: 'why is no longer known' };
  const parkFailure = row.park_failure ?? lost;
  return toRecord({ ...row, park_failure: parkFailure, failure: row.failure ?? parkFailure });
}

interface ListedRow extends SagaRow {
  readonly sort_key: bigint;
  readonly read_time: bigint;
}

interface CountRow {
  readonly state: SagaStateKind;
  readonly name: string;
  readonly version: number;
  readonly step: number | null;
  readonly done: readonly number[];
  readonly reason: string | null;
  readonly sagas: bigint;
  readonly oldest_create_time: Date;
  readonly oldest_update_time: Date;
  readonly oldest_park_time: Date | null;
}

function toCount(row: CountRow, definitions: readonly SagaDefinition[]): SagaCount {
  const definition = findDefinition(definitions, row);
  return {
    state: row.state,
    name: row.name,
    version: row.version,
    step: definition?.steps.find(({ stage }, index) => stage === row.step && !row.done.includes(index))?.name,
    reason: row.reason ?? undefined,
    count: row.sagas,
    oldestCreateTime: row.oldest_create_time,
    oldestUpdateTime: row.oldest_update_time,
    oldestParkTime: row.oldest_park_time ?? undefined,
  };
}

/** Parallel steps that are done set groups apart whose next step is the same. */
function together(counts: readonly SagaCount[]): readonly SagaCount[] {
  const places = Map.groupBy(counts, ({ state, name, version, step, reason }) =>
    JSON.stringify([state, name, version, step, reason]),
  );
  return [...places.values()].map((group) => group.reduce(add));
}

function add(one: SagaCount, other: SagaCount): SagaCount {
  return {
    ...one,
    count: one.count + other.count,
    oldestCreateTime: earlier(one.oldestCreateTime, other.oldestCreateTime),
    oldestUpdateTime: earlier(one.oldestUpdateTime, other.oldestUpdateTime),
    oldestParkTime: one.oldestParkTime && other.oldestParkTime && earlier(one.oldestParkTime, other.oldestParkTime),
  };
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}

/** The definition a saga started with; undefined where it is not among them. */
export function findDefinition(
  definitions: readonly SagaDefinition[],
  saga: Pick<SagaRecord, 'name' | 'version'>,
): SagaDefinition | undefined {
  return definitions.find(({ name, version }) => name === saga.name && version === saga.version);
}

/** The definition a saga started with. Throws FAILED_PRECONDITION (SAGA_DEFINITION_UNKNOWN). */
export function definitionOf(definitions: readonly SagaDefinition[], saga: SagaRecord): SagaDefinition {
  const definition = findDefinition(definitions, saga);
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
