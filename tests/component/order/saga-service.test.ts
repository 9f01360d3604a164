import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  CountSagasRequest,
  ListSagasRequest,
  SagaHistoryKind,
  SagaState,
  SagaStepKind,
  SagaStepState,
  WatchSagasRequest,
  type CountSagasResponse,
  type GetSagaResponse,
  type ListSagasResponse,
  type WatchSagasResponse,
} from '../../../gen/tradewind/order/v1/saga.ts';
import { newId } from '../../../src/chassis/core/index.ts';
import { openDesk } from './desk.ts';

const NO_CONTEXT = {} as never; // these handlers ask nothing of it
const { SAGA_STATE_RUNNING: RUNNING, SAGA_STATE_PARKED: PARKED } = SagaState;
const { SAGA_STATE_COMPENSATING: COMPENSATING, SAGA_STATE_COMPLETED: COMPLETED } = SagaState;

let desk: Awaited<ReturnType<typeof openDesk>>;
beforeAll(async () => {
  desk = await openDesk();
}, 60_000);
beforeEach(() => desk.clear());
afterAll(() => desk.close());

const list = (request: Partial<ListSagasRequest>) =>
  desk.as({}, async () => {
    const answer = await desk.handlers.listSagas(ListSagasRequest.fromPartial(request), NO_CONTEXT);
    return (answer as ListSagasResponse).sagas; // made whole
  });
const get = (sagaId: string) =>
  desk.as({}, async () => (await desk.handlers.getSaga({ sagaId }, NO_CONTEXT)) as GetSagaResponse); // made whole
const count = (request: Partial<CountSagasRequest> = {}) =>
  desk.as({}, async () => {
    const answer = await desk.handlers.countSagas(CountSagasRequest.fromPartial(request), NO_CONTEXT);
    return (answer as CountSagasResponse).counts; // made whole
  });

/** The first so many answers of a watch. */
async function watch(request: Partial<WatchSagasRequest>, wanted: number): Promise<readonly WatchSagasResponse[]> {
  const controller = new AbortController();
  const seen: WatchSagasResponse[] = [];
  await desk.as({}, async () => {
    const context = { signal: controller.signal } as never; // all that it asks of it
    try {
      for await (const one of desk.handlers.watchSagas(WatchSagasRequest.fromPartial(request), context)) {
        seen.push(one as WatchSagasResponse); // made whole
        if (seen.length === wanted) controller.abort();
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  });
  return seen;
}

describe('ListSagas', () => {
  it('finds sagas by step, by reason and by how long they are parked', async () => {
    const hotel = await desk.put({ step: 0 });
    const flight = await desk.put({ step: 1, parked: 'TOO_HOT' });
    const undone = await desk.put({ step: 2, undone: 'SOLD_OUT' });
    const long = await desk.put({ step: 1, parked: 'TOO_COLD' });
    await desk.sql(
      "UPDATE saga_history SET write_time = write_time - interval '1 hour' WHERE saga_id = $1::uuid",
      long,
    );

    const idsOf = async (request: Partial<ListSagasRequest>) => (await list(request)).map(({ id }) => id);
    expect(await idsOf({ step: 'hotel' })).toEqual([hotel]);
    expect(await idsOf({ step: 'flight' })).toEqual([flight, undone, long]);
    expect(await idsOf({ reason: 'TOO_HOT' })).toEqual([flight]);
    expect(await idsOf({ reason: 'SOLD_OUT' })).toEqual([undone]);
    expect(await idsOf({ minParkedSeconds: 600n })).toEqual([long]);
    expect(await idsOf({ states: [PARKED], step: 'flight', reason: 'TOO_COLD' })).toEqual([long]);
  });

  it('says since when and for what a saga is parked', async () => {
    const id = await desk.put({ step: 1, parked: 'TOO_HOT' });
    const [saga] = await list({ states: [PARKED] });
    expect(saga).toMatchObject({ id, reason: 'TOO_HOT', message: 'TOO_HOT', currentSteps: ['flight'], version: 1 });
    expect(saga?.parkTime).toEqual((await get(id)).history.at(-1)?.entryTime);
  });

  it('shows a saga of a definition that is not here by its history, among the others', async () => {
    const strange = await desk.put({ step: 2, parked: 'SAGA_QUARANTINED' });
    await desk.sql("UPDATE saga SET name = 'cruise', version = 7 WHERE id = $1::uuid", strange);
    const usual = await desk.put({ step: 1 });

    const [first, second] = await list({});
    expect(first).toMatchObject({
      ...{ id: strange, name: 'cruise', version: 7, state: PARKED, reason: 'SAGA_QUARANTINED' },
      ...{ currentStep: '', currentSteps: [] },
    });
    expect(first?.steps).toMatchObject([
      { name: 'hotel', state: SagaStepState.SAGA_STEP_STATE_SKIPPED },
      { name: 'flight', state: SagaStepState.SAGA_STEP_STATE_SKIPPED },
      { name: 'pay', state: SagaStepState.SAGA_STEP_STATE_RUNNING },
    ]);
    expect(first?.steps[0]?.kind).toBe(SagaStepKind.SAGA_STEP_KIND_UNSPECIFIED);
    expect(second).toMatchObject({ id: usual, currentStep: 'flight' });
    expect(await count()).toMatchObject([
      { name: 'cruise', version: 7, step: '', reason: 'SAGA_QUARANTINED' },
      { name: 'trip', step: 'flight' },
    ]);
    await expect(desk.order(strange, { kind: 'resume' })).rejects.toMatchObject({ reason: 'SAGA_DEFINITION_UNKNOWN' });
  });

  it('shows a saga whose row no longer says why it is undone, and lets it be parked', async () => {
    const id = await desk.put({ step: 1, undone: 'ASKED' });
    await desk.sql('UPDATE saga SET failure = NULL WHERE id = $1::uuid', id);
    expect(await list({})).toMatchObject([{ id, state: COMPENSATING, reason: 'SAGA_QUARANTINED' }]);
    await desk.order(id, { kind: 'park', failure: { status: 'CANCELLED', reason: 'ASKED', message: '' } });
    expect(await list({})).toMatchObject([{ id, state: PARKED, reason: 'ASKED' }]);
  });
});

describe('GetSaga', () => {
  it('says where the saga stood after each entry, and who gave which command', async () => {
    const id = await desk.put({ step: 1, parked: 'TOO_HOT' });
    await desk.order(id, { kind: 'skip', step: 'flight' });
    await desk.order(id, { kind: 'resume' });
    await desk.order(id, { kind: 'compensate', failure: { status: 'CANCELLED', reason: 'ASKED', message: '' } });
    await desk.order(id, { kind: 'skip', step: 'flight' });
    await desk.order(id, { kind: 'skip', step: 'hotel' });

    const { history } = await get(id);
    expect(history.map(({ kind, state, actor }) => [kind, state, actor])).toEqual([
      [SagaHistoryKind.SAGA_HISTORY_KIND_STARTED, RUNNING, ''],
      [SagaHistoryKind.SAGA_HISTORY_KIND_STEP_SKIPPED, RUNNING, 'before'],
      [SagaHistoryKind.SAGA_HISTORY_KIND_PARKED, PARKED, 'before'],
      [SagaHistoryKind.SAGA_HISTORY_KIND_STEP_SKIPPED, PARKED, 'before'],
      [SagaHistoryKind.SAGA_HISTORY_KIND_RESUMED, RUNNING, 'before'],
      [SagaHistoryKind.SAGA_HISTORY_KIND_COMPENSATION_STARTED, COMPENSATING, 'before'],
      [SagaHistoryKind.SAGA_HISTORY_KIND_STEP_SKIPPED, COMPENSATING, 'before'],
      [SagaHistoryKind.SAGA_HISTORY_KIND_STEP_SKIPPED, COMPENSATING, 'before'],
      [SagaHistoryKind.SAGA_HISTORY_KIND_FINISHED, SagaState.SAGA_STATE_COMPENSATED, ''],
    ]);
  });
});

describe('CountSagas', () => {
  it('counts what is not over by state, step and reason, parked ones first, with the oldest of each', async () => {
    for (let index = 0; index < 3; index += 1) await desk.put({ step: 0 });
    await desk.put({ step: 1, parked: 'TOO_HOT' });
    const oldest = await desk.put({ step: 1, parked: 'TOO_HOT', ageSeconds: 500 });
    const over = await desk.put({ step: 1 });
    await desk.sql("UPDATE saga SET state = 'COMPLETED' WHERE id = $1::uuid", over);

    const counts = await count();
    expect(counts).toMatchObject([
      { state: PARKED, name: 'trip', step: 'flight', reason: 'TOO_HOT', count: 2n },
      { state: RUNNING, name: 'trip', step: 'hotel', reason: '', count: 3n, oldestParkTime: undefined },
    ]);
    const { saga, history } = await get(oldest);
    expect(counts[0]?.oldestCreateTime).toEqual(saga?.createTime);
    expect(counts[0]?.oldestParkTime?.getTime()).toBeLessThanOrEqual(history.at(-1)?.entryTime?.getTime() ?? 0);
    const filter = { ...CountSagasRequest.fromPartial({ filter: { states: [COMPLETED] } }).filter! };
    expect(await count({ filter })).toMatchObject([{ state: COMPLETED, step: '', count: 1n }]);
  });
});

describe('WatchSagas', () => {
  it('starts with each saga that is not over, and goes on with what happens, by the state after it', async () => {
    const [one, other] = [await desk.put({ step: 0 }), await desk.put({ step: 1, parked: 'TOO_HOT' })];
    const snapshots = await watch({}, 2);
    expect(snapshots.map(({ entry, saga }) => [saga?.id, entry?.kind, entry?.state])).toEqual([
      [one, SagaHistoryKind.SAGA_HISTORY_KIND_SNAPSHOT, RUNNING],
      [other, SagaHistoryKind.SAGA_HISTORY_KIND_SNAPSHOT, PARKED],
    ]);
    const position = snapshots.at(-1)?.entry?.position ?? 0n;
    expect(position).toBeGreaterThan(0n);

    await desk.order(other, { kind: 'skip', step: 'flight' }); // stays parked
    await desk.order(other, { kind: 'resume' });
    await desk.order(one, { kind: 'park', failure: { status: 'CANCELLED', reason: 'ASKED', message: '' } });
    await desk.order(one, { kind: 'resume' });

    const kindsOf = (seen: readonly WatchSagasResponse[]) => seen.map(({ entry, saga }) => [saga?.id, entry?.kind]);
    const all = await watch({ afterPosition: position }, 4);
    expect(all.map(({ entry }) => entry?.state)).toEqual([PARKED, RUNNING, PARKED, RUNNING]);
    // Both are at work again by now: what counts is where each stood then.
    expect(kindsOf(await watch({ afterPosition: position, states: [PARKED] }, 2))).toEqual([
      [other, SagaHistoryKind.SAGA_HISTORY_KIND_STEP_SKIPPED],
      [one, SagaHistoryKind.SAGA_HISTORY_KIND_PARKED],
    ]);
  });

  it('tells of one order only, in the order of what happened', async () => {
    const about = newId();
    await desk.put({ step: 2, parked: 'TOO_HOT' });
    const own = await desk.put({ step: 2, about });
    await desk.put({ step: 2 });
    const seen = await watch({ afterPosition: 1n, orderId: about }, 3);
    expect(seen.map(({ saga }) => saga?.id)).toEqual([own, own, own]);
    expect(seen.map(({ entry }) => entry?.step)).toEqual(['', 'hotel', 'flight']);
  });
});
