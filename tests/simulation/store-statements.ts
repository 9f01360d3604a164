import type { ModelRow, ModelStatement, StatementResult, StatementScope } from './store-model.ts';

/** A row of the table saga in the model; times in milliseconds. */
export interface SagaModelRow extends ModelRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly correlation_key: string;
  readonly partition: number;
  readonly state: 'RUNNING' | 'COMPENSATING' | 'PARKED' | 'COMPLETED' | 'COMPENSATED';
  readonly parked_state: 'RUNNING' | 'COMPENSATING' | null;
  readonly step: number;
  readonly attempt: number;
  readonly failures: number;
  readonly done: readonly number[];
  readonly ambiguous: boolean;
  readonly ahead: boolean;
  readonly failure: unknown;
  readonly park_failure: unknown;
  readonly input: unknown;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly deadline_time: number;
  readonly due_time: number;
  readonly claim_owner: string | null;
  readonly claim_token: number;
  readonly interruptions: number;
  readonly revision: number;
  /** Not in PostgreSQL: what whoever wrote this version believed of the one before, for the checks. */
  readonly writer: { readonly owner: string | null; readonly claimToken: number; readonly revision: number } | null;
}

/** A row of the table saga_history in the model. */
export interface HistoryModelRow extends ModelRow {
  readonly position: bigint;
  readonly saga_id: string;
  readonly entries: readonly { readonly kind: string; readonly direction: string; readonly step?: string }[];
  readonly instance: string | null;
  readonly write_time: number;
}

/** The key of a saga's row. */
export const sagaKey = (id: string) => `saga/${id}`;

/** The key of the row that a saga is about. */
export const subjectKey = (id: string) => `subject/${id}`;

const isLive = ({ state }: SagaModelRow) => state === 'RUNNING' || state === 'COMPENSATING';

const answer = (rows: readonly ModelRow[], count = rows.length): StatementResult => ({ rows, count });

/** JSON as PostgreSQL keeps it: nothing is shared with who sent it. */
const json = <T>(text: unknown): T => JSON.parse(text as string) as T;

/**
 * The engine's statements (src/chassis/saga/sql) as the store carries them out, and those of the simulation's own transition
 * hook. An UPDATE works its values out before it waits for a row, and again only when it finds the row changed: after a
 * rollback it writes a time from before the wait.
 */
export const STORE_STATEMENTS: Readonly<Record<string, ModelStatement>> = {
  *'insert-sagas'(scope, [text]) {
    const begun = json<readonly NewSagaJson[]>(text);
    for (const one of begun) {
      yield* scope.insert(sagaKey(one.id), {
        ...FRESH,
        id: one.id,
        name: one.name,
        version: one.version,
        correlation_key: one.correlation_key,
        partition: one.partition,
        input: one.input,
        deadline_time: scope.nowMs + one.deadline_ms,
        due_time: scope.nowMs + one.lease_ms,
        claim_owner: one.owner,
        claim_token: one.owner === null ? 0 : 1,
      } satisfies SagaModelRow);
    }
    for (const { id, history, owner } of begun) addHistory(scope, { id, entries: history, instance: owner });
    return answer([], begun.length);
  },

  *'claim-sagas'(scope, [owner, leaseMs, names, versions, limit, partitions]) {
    const known = new Set((names as readonly string[]).map((name, at) => `${name}/${(versions as number[])[at]}`));
    const isDue = (row: SagaModelRow) =>
      isLive(row) && row.due_time <= scope.nowMs && known.has(`${row.name}/${row.version}`);
    const due: SagaModelRow[] = [];
    for (const partition of partitions as readonly number[]) {
      const found = sagas(scope).filter((row) => row.partition === partition && isDue(row));
      found.sort((one, other) => one.due_time - other.due_time);
      for (const { id } of found) {
        if (due.length === limit) break;
        const latest = (yield* scope.lock(sagaKey(id), { skip: true })) as SagaModelRow | undefined;
        if (latest !== undefined && isDue(latest)) due.push(latest);
      }
    }
    const claimed = due.map((row): SagaModelRow => ({
      ...row,
      claim_owner: owner as string,
      claim_token: row.claim_token + 1,
      due_time: scope.nowMs + (leaseMs as number),
      interruptions: row.interruptions + (row.claim_owner === null ? 0 : 1),
      revision: row.revision + 1,
      writer: { owner: owner as string, claimToken: row.claim_token, revision: row.revision },
    }));
    for (const row of claimed) scope.update(sagaKey(row.id), row);
    return answer(
      claimed.map((row, at) => ({
        ...row,
        previous_owner: due[at]?.claim_owner ?? null,
        remaining_ms: row.deadline_time - scope.nowMs,
      })),
    );
  },

  *'record-transitions'(scope, [text, instance, again, command]) {
    const changes = json<readonly ChangeJson[]>(text);
    const isAsRead = (row: SagaModelRow | undefined, change: ChangeJson) =>
      row !== undefined && row.claim_token === change.claim_token && row.revision === change.revision;
    const answers: ModelRow[] = [];
    const changed: { readonly change: ChangeJson; readonly row: SagaModelRow }[] = [];
    for (const change of changes) {
      const key = sagaKey(change.id);
      const seen = seenSaga(scope, change.id);
      if (!isAsRead(seen, change)) continue;
      const askedMs = scope.nowMs;
      const row = (yield* scope.lock(key)) as SagaModelRow | undefined;
      if (row === undefined || !isAsRead(row, change)) continue;
      const workedOutMs = row === seen ? askedMs : scope.nowMs;
      const next: SagaModelRow = {
        ...row,
        state: change.state,
        parked_state: change.parked_state,
        step: change.step ?? row.step,
        attempt: change.attempt ?? row.attempt,
        failures: change.failures ?? row.failures,
        done: change.done,
        ambiguous: change.ambiguous,
        ahead: change.ahead,
        failure: change.failure,
        park_failure: change.park_failure,
        outputs: change.outputs === undefined ? row.outputs : { ...row.outputs, ...change.outputs },
        claim_owner: change.hold ? row.claim_owner : null,
        claim_token: row.claim_token + (command === true ? 1 : 0),
        due_time: change.hold ? row.due_time : workedOutMs + change.delay_ms,
        interruptions: 0,
        revision: row.revision + 1,
        writer: {
          owner: (instance as string | null) ?? null,
          claimToken: change.claim_token,
          revision: change.revision,
        },
      };
      scope.update(key, next);
      changed.push({ change, row: next });
    }
    for (const { change } of changed.sort((one, other) => (one.change.id < other.change.id ? -1 : 1))) {
      const written = change.history.map((entries) =>
        addHistory(scope, { id: change.id, entries, instance: (instance as string | null) ?? null }),
      );
      const write_time = new Date(scope.nowMs);
      answers.push(
        ...(written.length === 0
          ? [{ id: change.id, before: false, position: null, write_time: null }]
          : written.map((position) => ({ id: change.id, before: false, position, write_time }))),
      );
    }
    if (again === true) {
      for (const change of changes) {
        const row = seenSaga(scope, change.id);
        if (row?.claim_token === change.claim_token && row.revision === change.revision + 1) {
          answers.push({ id: change.id, before: true, position: null, write_time: null });
        }
      }
    }
    return answer(answers);
  },

  *'extend-claims'(scope, [owner, leaseMs, ids, tokens]) {
    const asked = (ids as readonly string[]).map((id, at) => ({ id, token: (tokens as readonly number[])[at] ?? 0 }));
    const isOurs = (row: SagaModelRow | undefined, token: number) =>
      row !== undefined && row.claim_token === token && row.claim_owner === owner;
    const answers: ModelRow[] = [];
    for (const { id, token } of asked) {
      if (!isOurs(seenSaga(scope, id), token)) continue;
      const row = (yield* scope.lock(sagaKey(id), { skip: true })) as SagaModelRow | undefined;
      const free = row !== undefined && isOurs(row, token);
      if (free) {
        const due_time = scope.nowMs + (leaseMs as number);
        const writer = { owner: owner as string, claimToken: token, revision: row.revision };
        scope.update(sagaKey(id), { ...row, due_time, writer });
      }
      answers.push({ id, extended: free });
    }
    return answer(answers);
  },

  *'expire-claims'(scope, [owner]) {
    const isOurs = (row: SagaModelRow | undefined) => row !== undefined && row.claim_owner === owner && isLive(row);
    let count = 0;
    for (const seen of sagas(scope).filter(isOurs)) {
      const { id } = seen;
      const askedMs = scope.nowMs;
      const row = (yield* scope.lock(sagaKey(id))) as SagaModelRow | undefined;
      if (row === undefined || !isOurs(row)) continue;
      scope.update(sagaKey(id), { ...row, due_time: row === seen ? askedMs : scope.nowMs, writer: null });
      count += 1;
    }
    return answer([], count);
  },

  *'lock-saga'(scope, [id]) {
    if (seenSaga(scope, id as string) === undefined) return answer([]);
    const row = (yield* scope.lock(sagaKey(id as string))) as SagaModelRow | undefined;
    return answer(row === undefined ? [] : [toFullRow(row)]);
  },

  *'start-subject'(scope, [id]) {
    yield* scope.insert(subjectKey(id as string), { id, state: 'RUNNING', revision: 1, transitions: [] });
    return answer([], 1);
  },

  *'move-subjects'(scope, [text]) {
    const moved = json<readonly { readonly id: string; readonly state: string; readonly revision: number }[]>(text);
    let count = 0;
    for (const { id, state, revision } of moved) {
      if (scope.seen(subjectKey(id)) === undefined) continue;
      const row = yield* scope.lock(subjectKey(id));
      if (row === undefined) continue;
      const transitions = [...(row['transitions'] as readonly number[]), revision];
      scope.update(subjectKey(id), { id, state, revision, transitions });
      count += 1;
    }
    return answer([], count);
  },
};

/** What a new row has beside what is given. */
const FRESH = {
  state: 'RUNNING',
  parked_state: null,
  step: 0,
  attempt: 1,
  failures: 0,
  done: [],
  ambiguous: false,
  ahead: false,
  failure: null,
  park_failure: null,
  outputs: {},
  interruptions: 0,
  revision: 1,
  writer: null,
} as const;

interface NewSagaJson {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly correlation_key: string;
  readonly partition: number;
  readonly input: unknown;
  readonly deadline_ms: number;
  readonly owner: string | null;
  readonly lease_ms: number;
  readonly history: HistoryModelRow['entries'];
}

interface ChangeJson {
  readonly id: string;
  readonly claim_token: number;
  readonly revision: number;
  readonly state: SagaModelRow['state'];
  readonly parked_state: SagaModelRow['parked_state'];
  readonly step: number | null;
  readonly attempt: number | null;
  readonly failures: number | null;
  readonly done: readonly number[];
  readonly ambiguous: boolean;
  readonly ahead: boolean;
  readonly failure: unknown;
  readonly park_failure: unknown;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly hold: boolean;
  readonly delay_ms: number;
  readonly history: readonly HistoryModelRow['entries'][];
}

function sagas(scope: StatementScope): SagaModelRow[] {
  return scope.snapshot().flatMap(([key, row]) => (key.startsWith('saga/') ? [row as SagaModelRow] : []));
}

function seenSaga(scope: StatementScope, id: string): SagaModelRow | undefined {
  return scope.seen(sagaKey(id)) as SagaModelRow | undefined;
}

function addHistory(
  scope: StatementScope,
  row: { readonly id: string; readonly entries: HistoryModelRow['entries']; readonly instance: string | null },
): bigint {
  const position = scope.nextPosition();
  const { id, entries, instance } = row;
  scope.append({ position, saga_id: id, entries, instance, write_time: scope.nowMs } satisfies HistoryModelRow);
  return position;
}

function toFullRow(row: SagaModelRow): ModelRow {
  const never = new Date(0);
  return {
    ...row,
    deadline_time: new Date(row.deadline_time),
    due_time: new Date(row.due_time),
    create_time: never,
    update_time: never,
    finish_time: null,
  };
}
