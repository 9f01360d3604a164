import {
  type Saga,
  type SagaCount as ProtoCount,
  type SagaServiceImplementation,
} from '../../../gen/tradewind/order/v1/saga.ts';
import { currentCall, throwIfAborted, type Clock } from '../../chassis/core/index.ts';
import type { SagaCommand, SagaCount, SagaDefinition, SagaEngine } from '../../chassis/saga/index.ts';
import { administratorOf } from '../../chassis/security/index.ts';
import { pageSize, toPage, type Database, type PageTokens } from '../../chassis/store/index.ts';
import { createBulkCommand } from './bulk-command.ts';
import { sagaCommands } from './saga-commands.ts';
import { fromListRequest, fromProtoFilter } from './saga-filters.ts';
import { statesAfter, toProtoEntry, toProtoState } from './saga-history-view.ts';
import { createSagaReader, LISTED_HISTORY } from './saga-reader.ts';
import { watchSagas } from './watch-sagas.ts';

/** What the handlers of SagaService work with. */
export interface SagaHandlerDependencies {
  readonly database: Database;
  readonly sagas: Pick<SagaEngine, 'operator' | 'feed' | 'wake'>;
  readonly definitions: readonly SagaDefinition[];
  readonly pageTokens: PageTokens;
  readonly clock: Clock;
  /** Told of what is our fault in one saga of a bulk command; the others go on. */
  readonly onFault: (sagaId: string, error: unknown) => void;
}

/** GetSaga's longest history. */
const MAX_HISTORY = 1_000;

/** SagaService: proto to the engine's operator and back. Administrators only. */
export function createSagaHandlers(dependencies: SagaHandlerDependencies): SagaServiceImplementation {
  const { database, sagas, definitions, pageTokens } = dependencies;
  const { operator } = sagas;
  const read = createSagaReader({ operator, definitions });
  const bulkCommand = createBulkCommand(dependencies);

  async function command(
    request: { readonly sagaId: string; readonly reason: string; readonly etag: string },
    what: SagaCommand,
  ): Promise<{ saga: Saga | undefined }> {
    const by = { actor: administrator(), note: request.reason, etag: request.etag };
    await database.transaction((tx) => operator.command(tx, request.sagaId, what, by));
    sagas.wake();
    const [shown] = await read([await operator.get(request.sagaId)], MAX_HISTORY);
    return { saga: shown?.saga };
  }

  return {
    async listSagas(request) {
      administrator();
      const { pageSize: requested, pageToken, ...filters } = request;
      const size = pageSize(requested);
      const query = { method: 'ListSagas', ...filters };
      const cursor = pageTokens.decode(pageToken, query);
      const rows = await operator.list({
        ...fromListRequest(request),
        ...(cursor && { after: { sortKey: BigInt(String(cursor[0])), id: String(cursor[1]) } }),
        limit: size + 1,
      });
      const page = toPage({
        rows,
        size,
        tokens: pageTokens,
        request: query,
        cursor: ({ saga, sortKey }) => [String(sortKey), saga.id],
      });
      const shown = await read(
        page.rows.map(({ saga }) => saga),
        LISTED_HISTORY,
      );
      return { sagas: shown.map(({ saga }) => saga), nextPageToken: page.nextPageToken };
    },

    async getSaga(request) {
      administrator();
      const [shown] = await read([await operator.get(request.sagaId)], MAX_HISTORY);
      const history = shown?.history ?? [];
      const states = statesAfter(history);
      return {
        saga: shown?.saga,
        history: history.map((entry, index) => toProtoEntry(entry, states[index]!)), // one for each
        omittedCount: Math.max(0, (await operator.historyLength(request.sagaId)) - history.length),
      };
    },

    async countSagas(request) {
      administrator();
      const counts = await operator.count(fromProtoFilter(request.filter));
      return { counts: counts.toSorted(parkedThenLargest).map(toProtoCount) };
    },

    retrySaga: (request) => command(request, sagaCommands.retry()),
    skipStep: (request) => command(request, sagaCommands.skip(request.step)),
    compensateSaga: (request) => command(request, sagaCommands.compensate(request.reason)),
    parkSaga: (request) => command(request, sagaCommands.park(request.reason)),
    resumeSaga: (request) => command(request, sagaCommands.resume()),
    bulkCommandSagas: async (request) => bulkCommand(request, administrator()),

    async *watchSagas(request, { signal }) {
      administrator();
      yield* watchSagas({ sagas, read }, request, signal);
      throwIfAborted(signal);
    },
  };
}

/** Who gives a command, for the history. Throws unless it is an administrator, or a caller inside the suite: "internal". */
function administrator(): string {
  return administratorOf(currentCall()?.principal);
}

function parkedThenLargest(one: SagaCount, other: SagaCount): number {
  const parkedFirst = Number(other.state === 'PARKED') - Number(one.state === 'PARKED');
  return parkedFirst === 0 ? Number(other.count - one.count) : parkedFirst;
}

function toProtoCount(count: SagaCount): ProtoCount {
  return {
    state: toProtoState(count.state),
    name: count.name,
    version: count.version,
    step: count.step ?? '',
    reason: count.reason ?? '',
    count: count.count,
    oldestCreateTime: count.oldestCreateTime,
    oldestUpdateTime: count.oldestUpdateTime,
    oldestParkTime: count.oldestParkTime,
  };
}
