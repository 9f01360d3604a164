import {
  type ListSagasRequest,
  type Saga,
  type SagaServiceImplementation,
  type WatchSagasRequest,
  type WatchSagasResponse,
} from '../../../gen/tradewind/order/v1/saga.ts';
import { currentCall, throwIfAborted } from '../../chassis/core/index.ts';
import {
  definitionOf,
  type SagaCommand,
  type SagaDefinition,
  type SagaEngine,
  type SagaFailure,
  type SagaRecord,
} from '../../chassis/saga/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { pageSize, toPage, type Database, type PageTokens } from '../../chassis/store/index.ts';
import { fromProtoSagaStates, toProtoEntry, toProtoSaga, toSnapshot } from './saga-view.ts';

/** What the handlers of SagaService work with. */
export interface SagaHandlerDependencies {
  readonly database: Database;
  readonly sagas: Pick<SagaEngine, 'operator' | 'feed' | 'wake'>;
  readonly definitions: readonly SagaDefinition[];
  readonly pageTokens: PageTokens;
}

/** GetSaga's longest history. */
const MAX_HISTORY = 1_000;

/** A list reads this much of each saga's history, enough to tell where its steps stand. */
const LISTED_HISTORY = 200;

/** Sagas read at a time for the start of a watch. */
const SNAPSHOT_BATCH = 200;

/** SagaService: proto to the engine's operator and back. Administrators only. */
export function createSagaHandlers(dependencies: SagaHandlerDependencies): SagaServiceImplementation {
  const { database, sagas, definitions, pageTokens } = dependencies;
  const { operator, feed } = sagas;

  async function view(records: readonly SagaRecord[], limit: number): Promise<readonly Saga[]> {
    const history = await operator.history(
      records.map(({ id }) => id),
      limit,
    );
    return records.map((saga) =>
      toProtoSaga(
        saga,
        definitionOf(definitions, saga),
        history.filter(({ sagaId }) => sagaId === saga.id),
      ),
    );
  }

  async function command(
    request: { readonly sagaId: string; readonly reason: string; readonly etag: string },
    what: SagaCommand,
  ): Promise<{ saga: Saga | undefined }> {
    const principal = currentCall()?.principal;
    assertAdmin(principal);
    const by = { actor: principal?.userId ?? 'internal', note: request.reason, etag: request.etag };
    await database.transaction((tx) => operator.command(tx, request.sagaId, what, by));
    sagas.wake();
    const [saga] = await view([await operator.get(request.sagaId)], MAX_HISTORY);
    return { saga };
  }

  async function* snapshots(request: WatchSagasRequest, last: bigint): AsyncGenerator<WatchSagasResponse> {
    const live = { ...LIVE, ...filterOf(request), orderBy: 'create_time', descending: false } as const;
    let held: SagaRecord | undefined;
    let after: { readonly sortKey: bigint; readonly id: string } | undefined;
    for (;;) {
      const batch = await operator.list({ ...live, ...(after && { after }), limit: SNAPSHOT_BATCH });
      for (const { saga, sortKey } of batch) {
        if (held !== undefined) yield* snapshot(held, 0n);
        held = saga;
        after = { sortKey, id: saga.id };
      }
      if (batch.length < SNAPSHOT_BATCH) break;
    }
    if (held !== undefined) yield* snapshot(held, last);
  }

  async function* snapshot(record: SagaRecord, position: bigint): AsyncGenerator<WatchSagasResponse> {
    const [saga] = await view([record], LISTED_HISTORY);
    yield { entry: toSnapshot(record, position), saga };
  }

  return {
    async listSagas(request) {
      assertAdmin(currentCall()?.principal);
      const { pageSize: requested, pageToken, ...filters } = request;
      const size = pageSize(requested);
      const query = { method: 'ListSagas', ...filters };
      const cursor = pageTokens.decode(pageToken, query);
      const rows = await operator.list({
        ...listQuery(request),
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
      const records = page.rows.map(({ saga }) => saga);
      return { sagas: [...(await view(records, LISTED_HISTORY))], nextPageToken: page.nextPageToken };
    },

    async getSaga(request) {
      assertAdmin(currentCall()?.principal);
      const record = await operator.get(request.sagaId);
      const history = await operator.history([record.id], MAX_HISTORY);
      return {
        saga: toProtoSaga(record, definitionOf(definitions, record), history),
        history: history.map(toProtoEntry),
        omittedCount: Math.max(0, (await operator.historyLength(record.id)) - history.length),
      };
    },

    retrySaga: (request) => command(request, { kind: 'retry' }),
    skipStep: (request) => command(request, { kind: 'skip', step: request.step }),
    compensateSaga: (request) =>
      command(request, { kind: 'compensate', failure: asked('CANCELLED_BY_OPERATOR', request.reason) }),
    parkSaga: (request) => command(request, { kind: 'park', failure: asked('PARKED_BY_OPERATOR', request.reason) }),
    resumeSaga: (request) => command(request, { kind: 'resume' }),

    async *watchSagas(request, { signal }) {
      assertAdmin(currentCall()?.principal);
      const fromNow = request.afterPosition === 0n;
      const position = fromNow ? await feed.now(signal) : request.afterPosition;
      if (fromNow) yield* snapshots(request, position);
      const wanted = fromProtoSagaStates(request.states);
      for await (const batch of feed.follow(position, signal)) {
        for (const entry of batch) {
          const record = await operator.get(entry.sagaId);
          if (request.orderId !== '' && record.correlationKey !== request.orderId) continue;
          if (wanted.length > 0 && !wanted.includes(record.state.kind)) continue;
          const [saga] = await view([record], LISTED_HISTORY);
          yield { entry: toProtoEntry(entry), saga };
        }
      }
      throwIfAborted(signal);
    },
  };
}

const LIVE = { states: ['RUNNING', 'COMPENSATING', 'PARKED'] } as const;

function filterOf({ orderId, states }: Pick<WatchSagasRequest, 'orderId' | 'states'>) {
  const wanted = fromProtoSagaStates(states);
  return {
    ...(wanted.length > 0 && { states: wanted.filter((state) => LIVE.states.some((live) => live === state)) }),
    ...(orderId !== '' && { correlationKey: orderId }),
  };
}

function listQuery(request: ListSagasRequest) {
  return {
    ...(request.states.length > 0 && { states: fromProtoSagaStates(request.states) }),
    ...(request.name !== '' && { name: request.name }),
    ...(request.orderId !== '' && { correlationKey: request.orderId }),
    ...(request.minAgeSeconds > 0n && { minAgeSeconds: request.minAgeSeconds }),
    ...(request.minIdleSeconds > 0n && { minIdleSeconds: request.minIdleSeconds }),
    orderBy: request.orderBy.startsWith('update_time') ? 'update_time' : 'create_time',
    descending: request.orderBy.endsWith(' desc'),
  } as const;
}

function asked(reason: string, message: string): SagaFailure {
  return { status: 'CANCELLED', reason, message };
}
