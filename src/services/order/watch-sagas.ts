import type { WatchSagasRequest, WatchSagasResponse } from '../../../gen/tradewind/order/v1/saga.ts';
import type { HistoryEntry, SagaEngine, SagaStateKind } from '../../chassis/saga/index.ts';
import { LIVE_STATES } from './saga-filters.ts';
import { fromProtoSagaStates, statesAfter, toProtoEntry, toSnapshot } from './saga-history-view.ts';
import { LISTED_HISTORY, type ReadSaga, type SagaReader } from './saga-reader.ts';
import { directionOf } from './saga-view.ts';

/** What following sagas needs. */
export interface WatchSagasDependencies {
  readonly sagas: Pick<SagaEngine, 'operator' | 'feed'>;
  readonly read: SagaReader;
}

/** Sagas read at a time for the start of a watch. */
const SNAPSHOT_BATCH = 200;

/**
 * What happens to sagas after the position, in the order it was committed, until the signal fires. From position 0: first each
 * saga that is not over, as it stands. Sagas are read once for each batch of entries.
 */
export async function* watchSagas(
  { sagas, read }: WatchSagasDependencies,
  request: WatchSagasRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchSagasResponse, void> {
  const states = fromProtoSagaStates(request.states);
  const wanted: Wanted = {
    orderId: request.orderId === '' ? undefined : request.orderId,
    states: states.length === 0 ? undefined : states,
  };
  const fromNow = request.afterPosition === 0n;
  const position = fromNow ? await sagas.feed.now(signal) : request.afterPosition;
  if (fromNow) yield* snapshots({ sagas, read }, wanted, position);
  for await (const batch of sagas.feed.follow(position, signal)) {
    yield* news({ sagas, read }, wanted, batch);
  }
}

interface Wanted {
  readonly orderId: string | undefined;
  readonly states: readonly SagaStateKind[] | undefined;
}

async function* news(
  { sagas, read }: WatchSagasDependencies,
  wanted: Wanted,
  batch: readonly HistoryEntry[],
): AsyncGenerator<WatchSagasResponse> {
  const ids = [...new Set(batch.map(({ sagaId }) => sagaId))];
  const listed = await sagas.operator.list({
    ids,
    ...(wanted.orderId !== undefined && { correlationKey: wanted.orderId }),
    orderBy: 'create_time',
    descending: false,
    limit: ids.length,
  });
  const shown = await read(
    listed.map(({ saga }) => saga),
    LISTED_HISTORY,
  );
  const told = new Map(shown.map((one) => [one.record.id, { saga: one.saga, states: statesByPosition(one) }]));
  for (const entry of batch) {
    const about = told.get(entry.sagaId);
    if (about === undefined) continue;
    const [alone] = statesAfter([entry]);
    const state = about.states.get(entry.position) ?? alone; // older than what was read of a very long history
    if (state === undefined || wanted.states?.includes(state) === false) continue;
    yield { entry: toProtoEntry(entry, state), saga: about.saga };
  }
}

function statesByPosition({ history }: ReadSaga): ReadonlyMap<bigint, SagaStateKind> {
  const states = statesAfter(history);
  return new Map(history.flatMap(({ position }, index) => (states[index] ? [[position, states[index]]] : [])));
}

/** Only the last carries the position: a start that broke is started again. */
async function* snapshots(
  { sagas, read }: WatchSagasDependencies,
  wanted: Wanted,
  last: bigint,
): AsyncGenerator<WatchSagasResponse> {
  const states = LIVE_STATES.filter((state) => wanted.states?.includes(state) ?? true);
  let held: ReadSaga | undefined;
  let after: { readonly sortKey: bigint; readonly id: string } | undefined;
  for (;;) {
    const batch = await sagas.operator.list({
      states,
      ...(wanted.orderId !== undefined && { correlationKey: wanted.orderId }),
      ...(after && { after }),
      orderBy: 'create_time',
      descending: false,
      limit: SNAPSHOT_BATCH,
    });
    const shown = await read(
      batch.map(({ saga }) => saga),
      LISTED_HISTORY,
    );
    for (const one of shown) {
      if (held !== undefined) yield snapshot(held, 0n);
      held = one;
    }
    const end = batch.at(-1);
    if (end === undefined || batch.length < SNAPSHOT_BATCH) break;
    after = { sortKey: end.sortKey, id: end.saga.id };
  }
  if (held !== undefined) yield snapshot(held, last);
}

function snapshot({ record, saga }: ReadSaga, position: bigint): WatchSagasResponse {
  return { entry: toSnapshot(record, directionOf(record), position), saga };
}
