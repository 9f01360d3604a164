import {
  SagaCommandOutcome,
  SagaState as ProtoState,
  type BulkCommandResult,
  type BulkCommandSagasRequest,
  type BulkCommandSagasResponse,
} from '../../../gen/tradewind/order/v1/saga.ts';
import { AppError, currentCall, type Clock, type ErrorStatus } from '../../chassis/core/index.ts';
import {
  findDefinition,
  type CommandBy,
  type SagaCommand,
  type SagaDefinition,
  type SagaEngine,
  type SagaFilter,
  type SagaRecord,
} from '../../chassis/saga/index.ts';
import { pageSize, type Database, type PageCursor, type PageTokens } from '../../chassis/store/index.ts';
import { fromProtoCommand } from './saga-commands.ts';
import { fromProtoFilter } from './saga-filters.ts';
import { toProtoError, toProtoState } from './saga-history-view.ts';
import { currentSteps } from './saga-view.ts';

/** What commanding many sagas needs. */
export interface BulkCommandDependencies {
  readonly database: Database;
  readonly sagas: Pick<SagaEngine, 'operator' | 'wake'>;
  readonly definitions: readonly SagaDefinition[];
  readonly pageTokens: PageTokens;
  readonly clock: Clock;
  /** Told of what is our fault in commanding one saga; the others go on. */
  readonly onFault: (sagaId: string, error: unknown) => void;
}

const PAGE_SIZE = { default: 100, max: 500 } as const;

/** Transactions at a time: enough to keep the database busy, few enough to leave connections to the sagas themselves. */
const CONCURRENCY = 4;

/** No saga is begun when the call has less time left, so that the answer still arrives. */
const MARGIN_MS = 1_000;

/** Of the call or the database as a whole, not of one saga: they end the call. */
const ENDS_THE_CALL: ReadonlySet<ErrorStatus> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED']);

/** BulkCommandSagas: one command to many sagas, each in a transaction of its own. */
export function createBulkCommand(dependencies: BulkCommandDependencies) {
  const { database, sagas, definitions, pageTokens, clock, onFault } = dependencies;
  const { operator } = sagas;

  /** The sagas of this page, each with the cursor that a next page starts after. */
  async function targets(request: BulkCommandSagasRequest, query: object): Promise<Targets> {
    const size = pageSize(request.pageSize, PAGE_SIZE);
    const cursor = pageTokens.decode(request.pageToken, { ...query });
    if (request.target?.$case === 'ids') {
      const from = Number(cursor?.[0] ?? 0);
      const all = request.target.value.sagaIds;
      const page = all.slice(from, from + size);
      const items = page.map((id, index) => ({ id, cursor: [String(from + index + 1)] }));
      return { filter: undefined, items, isLast: from + size >= all.length };
    }
    const filter = fromProtoFilter(request.target?.value);
    const [sortKey, id, until] = cursor ?? [];
    const rows = await operator.list({
      ...filter,
      ...(sortKey !== undefined && id !== undefined && { after: { sortKey: BigInt(sortKey), id } }),
      ...(until !== undefined && { until: BigInt(until) }),
      orderBy: 'create_time',
      descending: false,
      limit: size + 1,
    });
    const items = rows.slice(0, size).map((row) => ({
      id: row.saga.id,
      cursor: [String(row.sortKey), row.saga.id, until ?? String(row.readTime)],
    }));
    return { filter, items, isLast: rows.length <= size };
  }

  async function give(id: string, filter: SagaFilter | undefined, order: Order): Promise<BulkCommandResult> {
    return database.transaction(async (tx) => {
      const before = await operator.lock(tx, id);
      if (filter !== undefined) {
        const [match] = await operator.list({ ...filter, ...onlyOne(id) }, tx); // locked: it now stays as it is
        if (match === undefined) return result('MOVED_ON', before);
      }
      const after = await operator.command(tx, id, order.command, order.by);
      return result(after.revision === before.revision ? 'UNCHANGED' : 'DONE', after);
    });
  }

  async function pretend(id: string, order: Order): Promise<BulkCommandResult> {
    const saga = await operator.get(id);
    return result(operator.plan(saga, order.command) === undefined ? 'UNCHANGED' : 'DONE', saga);
  }

  async function refused(id: string, error: unknown): Promise<BulkCommandResult> {
    const why = AppError.from(error);
    if (ENDS_THE_CALL.has(why.status)) throw why;
    if (why.status === 'INTERNAL') onFault(id, error);
    const [found] = await operator.list(onlyOne(id));
    const { status, reason, domain = '', message } = why;
    const refusal = toProtoError({ status, reason, domain, message }, undefined);
    return { ...result('REFUSED', found?.saga), sagaId: id, error: refusal };
  }

  function result(outcome: Outcome, saga: SagaRecord | undefined): BulkCommandResult {
    return {
      sagaId: saga?.id ?? '',
      orderId: saga?.correlationKey ?? '',
      outcome: OUTCOMES[outcome],
      error: undefined,
      state: saga === undefined ? ProtoState.SAGA_STATE_UNSPECIFIED : toProtoState(saga.state.kind),
      currentStep: (saga && currentSteps(saga, findDefinition(definitions, saga))[0]) ?? '',
    };
  }

  /** Works through the items in order, a few at a time, while the call has time; answers how far it got. */
  async function workThrough(items: Targets['items'], each: (id: string) => Promise<BulkCommandResult>) {
    const results: BulkCommandResult[] = [];
    const deadlineMs = currentCall()?.deadlineMs ?? Number.POSITIVE_INFINITY;
    let next = 0;
    let failure: unknown;
    const work = async () => {
      while (next < items.length && failure === undefined) {
        const index = next;
        if (index > 0 && deadlineMs - clock.monotonicMs() < MARGIN_MS) return;
        next += 1;
        const { id } = items[index]!; // below its length
        try {
          results[index] = await each(id).catch((error: unknown) => refused(id, error));
        } catch (error) {
          failure ??= error;
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    if (failure !== undefined) throw failure;
    return results;
  }

  return async (request: BulkCommandSagasRequest, actor: string): Promise<BulkCommandSagasResponse> => {
    const order: Order = { command: fromProtoCommand(request), by: { actor, note: request.reason } };
    const { pageSize: _size, pageToken: _token, ...rest } = request;
    const query = { method: 'BulkCommandSagas', ...rest };
    const { filter, items, isLast } = await targets(request, query);
    const act = (id: string) => (request.dryRun ? pretend(id, order) : give(id, filter, order));
    const results = await workThrough(items, act);
    if (!request.dryRun) sagas.wake();
    const end = items[results.length - 1];
    const isAll = end === undefined || (isLast && results.length === items.length);
    const count = (outcome: Outcome) => results.filter((one) => one.outcome === OUTCOMES[outcome]).length;
    return {
      results,
      nextPageToken: isAll ? '' : pageTokens.encode(end.cursor, query),
      doneCount: count('DONE'),
      unchangedCount: count('UNCHANGED'),
      refusedCount: count('REFUSED'),
      movedOnCount: count('MOVED_ON'),
    };
  };
}

interface Order {
  readonly command: SagaCommand;
  readonly by: CommandBy;
}

interface Targets {
  /** Absent when the sagas are named by their ids: they are then meant however they stand. */
  readonly filter: SagaFilter | undefined;
  readonly items: readonly { readonly id: string; readonly cursor: PageCursor }[];
  readonly isLast: boolean;
}

type Outcome = 'DONE' | 'UNCHANGED' | 'REFUSED' | 'MOVED_ON';

const OUTCOMES = {
  DONE: SagaCommandOutcome.SAGA_COMMAND_OUTCOME_DONE,
  UNCHANGED: SagaCommandOutcome.SAGA_COMMAND_OUTCOME_UNCHANGED,
  REFUSED: SagaCommandOutcome.SAGA_COMMAND_OUTCOME_REFUSED,
  MOVED_ON: SagaCommandOutcome.SAGA_COMMAND_OUTCOME_MOVED_ON,
} as const satisfies Record<Outcome, SagaCommandOutcome>;

/** The query of one saga by its id. */
function onlyOne(id: string) {
  return { ids: [id], orderBy: 'create_time', descending: false, limit: 1 } as const;
}
