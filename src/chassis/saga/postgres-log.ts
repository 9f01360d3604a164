import type { Database, Queryable } from '../store/index.ts';
import type { SagaDefinition } from './definition.ts';
import type { HistoryEntry } from './history.ts';
import {
  SAGA_PARTITIONS,
  type ClaimedSaga,
  type SagaChange,
  type SagaLog,
  type SagaTransition,
  type TransitionHook,
  type WorkingSaga,
} from './log.ts';
import { SAGA_QUARANTINED } from './quarantine.ts';
import { toColumns, toEntries, toRows, toWorking, type WorkingRow } from './record.ts';
import type { SagaFailure } from './state.ts';
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

  /** One row that nobody can read must not keep the others from being claimed. */
  async function readOrQuarantine(row: ClaimedRow): Promise<readonly ClaimedSaga[]> {
    try {
      const saga = toWorking(row);
      return [
        {
          saga,
          remainingMs: row.remaining_ms,
          previousOwner: row.previous_owner ?? undefined,
          interruptions: row.interruptions,
          isFresh: false,
        },
      ];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const failure: SagaFailure = { status: 'DATA_LOSS', reason: SAGA_QUARANTINED, message };
      const entry = { kind: 'PARKED', direction: 'FORWARD', failure };
      await database.execute(statements['quarantine-saga'], [
        row.id,
        JSON.stringify(failure),
        JSON.stringify([entry]),
        instanceId,
      ]);
      return [];
    }
  }

  return {
    async claim(limit, firstPartition) {
      const partitions = Array.from(
        { length: SAGA_PARTITIONS },
        (_, turn) => (firstPartition + turn) % SAGA_PARTITIONS,
      );
      const rows = await database.rows<ClaimedRow>(statements['claim-sagas'], [
        instanceId,
        leaseMs,
        names,
        versions,
        limit,
        partitions,
      ]);
      return (await Promise.all(rows.map(readOrQuarantine))).flat();
    },

    async record(changes) {
      if (onTransitions === undefined) return (await recordTransitions(database, options, changes)).written;
      return database.transaction(async (tx) => {
        const { written, transitions } = await recordTransitions(tx, options, changes);
        if (transitions.length > 0) await onTransitions(tx, transitions);
        return written;
      });
    },

    async extend(held) {
      const rows = await database.rows<{ readonly id: string; readonly extended: boolean }>(
        statements['extend-claims'],
        [instanceId, leaseMs, held.map(({ id }) => id), held.map(({ claimToken }) => claimToken)],
      );
      const idsOf = (extended: boolean) => new Set(rows.filter((row) => row.extended === extended).map(({ id }) => id));
      return { extended: idsOf(true), busy: idsOf(false) };
    },

    async expireOwn() {
      await database.execute(statements['expire-claims'], [instanceId]);
    },
  };
}

/** What became of some changes. */
export interface RecordedTransitions {
  /** Durable with this transaction, or from an earlier try of the same change. */
  readonly written: ReadonlySet<string>;
  /** Made by this very statement. */
  readonly transitions: readonly SagaTransition[];
}

/** Writes changes, each behind its own fence. `command`: they end every claim, and what its holder writes is refused. */
export async function recordTransitions(
  tx: Queryable,
  options: Pick<PostgresLogOptions, 'statements'> & { readonly instanceId: string | undefined },
  changes: readonly SagaChange[],
  { command = false } = {},
): Promise<RecordedTransitions> {
  const rows = await tx.rows<RecordedRow>(options.statements['record-transitions'], [
    JSON.stringify(changes.map(toJson)),
    options.instanceId ?? null,
    changes.some(({ again }) => again),
    command,
    changes.map(({ saga }) => saga.id),
  ]);
  const byId = new Map<string, RecordedRow[]>();
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
  const transitions = changes.flatMap((change) => {
    const own = byId.get(change.saga.id);
    if (own === undefined || own.some(({ before }) => before)) return [];
    return [
      {
        saga: changedSaga(change, command),
        from: change.saga.state,
        history: entriesOf(change, own, options.instanceId),
      },
    ];
  });
  return { written: new Set(byId.keys()), transitions };
}

interface ClaimedRow extends WorkingRow {
  readonly interruptions: number;
  readonly previous_owner: string | null;
  readonly remaining_ms: number;
}

/** One row of the history that was written, or a saga whose change has none. */
interface RecordedRow {
  readonly id: string;
  readonly before: boolean;
  readonly position: bigint | null;
  readonly write_time: Date | null;
}

function toJson(change: SagaChange) {
  return {
    id: change.saga.id,
    claim_token: change.saga.claimToken,
    revision: change.saga.revision,
    ...toColumns(change.next),
    ...(Object.keys(change.outputs).length === 0 ? {} : { outputs: change.outputs }),
    hold: change.hold,
    delay_ms: change.delayMs,
    history: toRows(change.history),
  };
}

function entriesOf(
  change: SagaChange,
  own: readonly RecordedRow[],
  instanceId: string | undefined,
): readonly HistoryEntry[] {
  return toRows(change.history).flatMap((entries, index) => {
    const row = own[index];
    if (row === undefined || row.position === null || row.write_time === null) return [];
    const { position, write_time } = row;
    return toEntries({ saga_id: change.saga.id, position, write_time, entries, instance: instanceId ?? null });
  });
}

/** What the statement made of the saga; the fence says that nobody else did anything to it. */
function changedSaga({ saga, next, outputs }: SagaChange, command: boolean): WorkingSaga {
  return {
    ...saga,
    state: next,
    outputs: { ...saga.outputs, ...outputs },
    claimToken: saga.claimToken + (command ? 1 : 0),
    revision: saga.revision + 1,
  };
}
