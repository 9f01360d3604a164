import type { Database, Queryable } from '../store/index.ts';
import type { SagaDefinition } from './definition.ts';
import type { HistoryDraft, HistoryEntry } from './history.ts';
import type { ClaimedSaga, SagaChange, SagaLog, SagaTransition, TransitionHook } from './log.ts';
import { toColumns, toEntry, toRecord, type HistoryRow, type SagaRecord, type SagaRow } from './record.ts';
import type { SagaStatements } from './statements.ts';

/** What the PostgreSQL log is made of. */
export interface PostgresLogOptions {
  readonly database: Database;
  readonly statements: SagaStatements;
  /** Only sagas of these names and versions are claimed: others wait for an instance that knows them. */
  readonly definitions: readonly SagaDefinition[];
  readonly instanceId: string;
  readonly leaseMs: number;
  readonly onTransitions: TransitionHook | undefined;
}

/** The saga log in PostgreSQL; expiry is by the database's clock. */
export function createPostgresLog(options: PostgresLogOptions): SagaLog {
  const { database, statements, definitions, instanceId, leaseMs, onTransitions } = options;
  const names = definitions.map(({ name }) => name);
  const versions = definitions.map(({ version }) => version);

  return {
    claim(limit, describe) {
      return database.transaction(async (tx) => {
        const rows = await tx.rows<ClaimedRow>(statements['claim-sagas'], [
          instanceId,
          leaseMs,
          names,
          versions,
          limit,
        ]);
        if (rows.length === 0) return [];
        const claimed = rows.map(toClaimed);
        const drafts = claimed.flatMap((one) => describe(one).map((draft) => ({ saga_id: one.saga.id, ...draft })));
        const entries = await insertHistory(tx, drafts);
        await onTransitions?.(
          tx,
          claimed.map(({ saga }) => ({
            saga,
            from: saga.state,
            history: entries.filter(({ sagaId }) => sagaId === saga.id),
          })),
        );
        return claimed;
      });
    },

    async record(changes) {
      if (onTransitions === undefined) return toRecords(await recordTransitions(database, options, changes));
      return database.transaction(async (tx) => {
        const transitions = await recordTransitions(tx, options, changes);
        await onTransitions(tx, transitions);
        return toRecords(transitions);
      });
    },

    async extend(held) {
      const rows = await database.rows<{ id: string }>(statements['extend-claims'], [
        instanceId,
        leaseMs,
        held.map(({ id }) => id),
        held.map(({ claimToken }) => claimToken),
      ]);
      return new Set(rows.map(({ id }) => id));
    },

    async expireOwn() {
      await database.execute(statements['expire-claims'], [instanceId]);
    },
  };

  async function insertHistory(
    tx: Queryable,
    drafts: readonly (HistoryDraft & { readonly saga_id: string })[],
  ): Promise<readonly HistoryEntry[]> {
    if (drafts.length === 0) return [];
    const rows = await tx.rows<HistoryRow>(statements['insert-history'], [JSON.stringify(drafts), instanceId]);
    return rows.map(toEntry).sort(byPosition);
  }
}

/** Writes changes, each behind its own fence, and answers those that got through. */
export async function recordTransitions(
  tx: Queryable,
  options: Pick<PostgresLogOptions, 'statements' | 'leaseMs'> & { readonly instanceId: string | undefined },
  changes: readonly SagaChange[],
): Promise<readonly SagaTransition[]> {
  const rows = await tx.rows<{ readonly changed_id: string } & NullableHistoryRow>(
    options.statements['record-transitions'],
    [JSON.stringify(changes.map(toJson)), options.instanceId ?? null, options.leaseMs],
  );
  return changes.flatMap((change) => {
    const own = rows.filter((row) => row.changed_id === change.saga.id);
    if (own.length === 0) return [];
    const history = own.flatMap((row) => (row.position === null ? [] : [toEntry(row as HistoryRow)])); // a whole row, then
    return [{ saga: changedRecord(change), from: change.saga.state, history }];
  });
}

interface ClaimedRow extends SagaRow {
  readonly previous_owner: string | null;
  readonly remaining_ms: number;
}

type NullableHistoryRow = { readonly [Column in keyof HistoryRow]: HistoryRow[Column] | null };

function toClaimed(row: ClaimedRow): ClaimedSaga {
  return { saga: toRecord(row), remainingMs: row.remaining_ms, previousOwner: row.previous_owner ?? undefined };
}

function toRecords(transitions: readonly SagaTransition[]): ReadonlyMap<string, SagaRecord> {
  return new Map(transitions.map(({ saga }) => [saga.id, saga]));
}

function toJson(change: SagaChange) {
  return {
    id: change.saga.id,
    claim_token: change.saga.claimToken,
    revision: change.saga.revision,
    ...toColumns(change.next),
    outputs: change.output === undefined ? null : { [change.output.step]: change.output.value ?? null },
    hold: change.hold,
    delay_ms: change.delayMs,
    history: change.history,
  };
}

/** What the statement made of the saga; the fence says that nobody else did anything to it. */
function changedRecord({ saga, next, output, hold }: SagaChange): SagaRecord {
  return {
    ...saga,
    state: next,
    outputs: output === undefined ? saga.outputs : { ...saga.outputs, [output.step]: output.value ?? null },
    owner: hold ? saga.owner : undefined,
    revision: saga.revision + 1,
  };
}

function byPosition(one: HistoryEntry, other: HistoryEntry): number {
  return one.position < other.position ? -1 : 1;
}
