import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  SagaCommand,
  SagaCommandOutcome,
  SagaState,
  type BulkCommandSagasRequest,
  type BulkCommandSagasResponse,
} from '../../../gen/tradewind/order/v1/saga.ts';
import { newId, systemClock } from '../../../src/chassis/core/index.ts';
import type { SagaRecord } from '../../../src/chassis/saga/index.ts';
import { ADMIN, CURSED, openDesk, STEPS, type Place } from './desk.ts';

const { SAGA_COMMAND_OUTCOME_DONE: DONE, SAGA_COMMAND_OUTCOME_UNCHANGED: UNCHANGED } = SagaCommandOutcome;
const { SAGA_COMMAND_OUTCOME_REFUSED: REFUSED } = SagaCommandOutcome;

const PAST_PIVOT = 'UPDATE saga SET step = 3 WHERE id = $1::uuid';
const COMPLETE = "UPDATE saga SET state = 'COMPLETED' WHERE id = $1::uuid";

let desk: Awaited<ReturnType<typeof openDesk>>;
beforeAll(async () => {
  desk = await openDesk();
}, 60_000);
afterAll(() => desk.close());

describe('BulkCommandSagas', () => {
  it('touches exactly the sagas that its filter names, whatever they are and whatever it asks', async () => {
    const reason = fc.constantFrom('SOLD_OUT', 'ASKED');
    const place = fc.record(
      {
        step: fc.integer({ min: 0, max: 2 }),
        undone: reason,
        parked: reason,
        ageSeconds: fc.constantFrom(0, 100, 1_000),
      },
      { requiredKeys: ['step'] },
    );
    const filter = fc.record(
      {
        states: fc.subarray(['RUNNING', 'COMPENSATING', 'PARKED', 'COMPENSATED'] as const, { minLength: 1 }),
        step: fc.constantFrom(...STEPS.slice(0, 3)),
        reason,
        minAgeSeconds: fc.constantFrom(50, 500),
      },
      { requiredKeys: [] },
    );
    const command = fc.constantFrom(
      ...([{ command: SagaCommand.SAGA_COMMAND_RETRY }, { command: SagaCommand.SAGA_COMMAND_COMPENSATE }] as const),
      ...([{ command: SagaCommand.SAGA_COMMAND_PARK }, { command: SagaCommand.SAGA_COMMAND_RESUME }] as const),
      { command: SagaCommand.SAGA_COMMAND_SKIP_STEP, step: 'flight' },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(place, { minLength: 1, maxLength: 8 }),
        filter,
        command,
        fc.integer({ min: 1, max: 4 }),
        async (places, wanted, what, pageSize) => {
          await desk.clear();
          for (const one of places) await desk.put(one as Place);
          const before = await desk.snapshot();
          const meant = [...before.values()].filter((saga) => isNamed(saga, wanted)).map(({ id }) => id);
          const { states = [], minAgeSeconds = 0, ...rest } = wanted;
          const filterSent = {
            ...rest,
            states: states.map((state) => SagaState[`SAGA_STATE_${state}`]),
            minAgeSeconds: BigInt(minAgeSeconds),
          };
          const request = { target: { $case: 'filter', value: filterSent }, ...what, pageSize } as const;

          const foretold = await desk.bulkAll({ ...request, dryRun: true });
          expect(await desk.snapshot()).toEqual(before);
          const results = await desk.bulkAll(request);
          const after = await desk.snapshot();

          expect(results.map(({ sagaId }) => sagaId).toSorted()).toEqual(meant.toSorted());
          expect(results.map(({ sagaId, outcome }) => [sagaId, outcome])).toEqual(
            foretold.map(({ sagaId, outcome }) => [sagaId, outcome]),
          );
          const done = results.filter(({ outcome }) => outcome === DONE).map(({ sagaId }) => sagaId);
          for (const [id, saga] of after) {
            if (!done.includes(id)) expect(saga).toEqual(before.get(id));
            else expect(saga.revision).toBe((before.get(id)?.revision ?? 0) + 1);
          }
          const histories = await desk.operator.history([...after.keys()], 100);
          const written = histories.filter(({ actor }) => actor === ADMIN.userId);
          expect(written.map(({ sagaId }) => sagaId).toSorted()).toEqual(done.toSorted());
          for (const { note } of written) expect(note).toBe('a test');
          for (const { outcome, error } of results) expect(error !== undefined).toBe(outcome === REFUSED);
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  it('goes on past those that refuse, and says why of each', async () => {
    await desk.clear();
    const early = await desk.put({ step: 1 });
    const late = await desk.put({ step: 2 });
    await desk.sql(PAST_PIVOT, late);
    const over = await desk.put({ step: 2 });
    await desk.sql(COMPLETE, over);
    const nobody = newId();
    const ids = { $case: 'ids', value: { sagaIds: [late, nobody, early, over] } } satisfies Target;

    const answer = await desk.bulk({ target: ids, command: SagaCommand.SAGA_COMMAND_COMPENSATE });

    expect(answer.results.map(({ sagaId, outcome, error }) => [sagaId, outcome, error?.reason])).toEqual([
      [late, REFUSED, 'SAGA_PAST_PIVOT'],
      [nobody, REFUSED, 'SAGA_NOT_FOUND'],
      [early, DONE, undefined],
      [over, REFUSED, 'SAGA_FINISHED'],
    ]);
    expect(answer).toMatchObject({
      doneCount: 1,
      refusedCount: 3,
      unchangedCount: 0,
      movedOnCount: 0,
      nextPageToken: '',
    });
    expect(answer.results[2]).toMatchObject({ state: SagaState.SAGA_STATE_COMPENSATING, currentStep: 'hotel' });
    const again = await desk.bulk({ target: ids, command: SagaCommand.SAGA_COMMAND_COMPENSATE });
    expect(again.results[2]).toMatchObject({ outcome: UNCHANGED });
  });

  it('leaves a saga alone that has moved on since it was found', async () => {
    await desk.clear();
    const id = await desk.put({ step: 1 });
    const request = {
      target: { $case: 'filter', value: { step: 'flight' } },
      command: SagaCommand.SAGA_COMMAND_PARK,
    } as const;
    let answer: Promise<BulkCommandSagasResponse> | undefined;
    await desk.database.transaction(async (tx) => {
      await desk.operator.lock(tx, id);
      answer = desk.bulk(request); // finds it at the flight, and waits for the lock
      await desk.database.rows({ name: 'wait', text: 'SELECT pg_sleep(0.3)' });
      await desk.operator.command(tx, id, { kind: 'skip', step: 'flight' }, { actor: 'other', note: '' });
    });

    expect((await answer)?.results).toMatchObject([
      { sagaId: id, outcome: SagaCommandOutcome.SAGA_COMMAND_OUTCOME_MOVED_ON, currentStep: 'pay' },
    ]);
    expect((await desk.operator.get(id)).state).toMatchObject({ kind: 'RUNNING', step: 2 });
  });

  it('leaves out what was started after its first page, and takes nothing twice', async () => {
    await desk.clear();
    const first = [await desk.put({ step: 0 }), await desk.put({ step: 0 }), await desk.put({ step: 0 })];
    const request = {
      target: { $case: 'filter', value: {} },
      command: SagaCommand.SAGA_COMMAND_RETRY,
      pageSize: 2,
    } as const;
    const page = await desk.bulk(request);
    const late = await desk.put({ step: 0 });
    const rest = await desk.bulk({ ...request, pageToken: page.nextPageToken });

    expect([...page.results, ...rest.results].map(({ sagaId }) => sagaId)).toEqual(first);
    expect(rest.nextPageToken).toBe('');
    expect((await desk.operator.get(late)).revision).toBe(1);
  });

  it('stops before the call runs out of time, and goes on where it stopped', async () => {
    await desk.clear();
    const ids = [];
    for (let index = 0; index < 12; index += 1) ids.push(await desk.put({ step: 0 }));
    const request = { target: { $case: 'filter', value: {} }, command: SagaCommand.SAGA_COMMAND_PARK } as const;

    const hurried = await desk.bulk(request, { deadlineMs: systemClock.monotonicMs() + 900 });
    expect(hurried.results.length).toBeGreaterThan(0);
    expect(hurried.results.length).toBeLessThan(12);
    const rest = await desk.bulk({ ...request, pageToken: hurried.nextPageToken });

    expect([...hurried.results, ...rest.results].map(({ sagaId }) => sagaId)).toEqual(ids);
  });

  it('refuses a skip without its step, a step without a skip, and a page token of another command', async () => {
    await desk.clear();
    await desk.put({ step: 0 });
    await desk.put({ step: 0 });
    const target = { $case: 'filter', value: {} } as const;
    const invalid = { status: 'INVALID_ARGUMENT' };
    await expect(desk.bulk({ target, command: SagaCommand.SAGA_COMMAND_SKIP_STEP })).rejects.toMatchObject(invalid);
    await expect(desk.bulk({ target, command: SagaCommand.SAGA_COMMAND_PARK, step: 'pay' })).rejects.toMatchObject(
      invalid,
    );
    const { nextPageToken } = await desk.bulk({ target, command: SagaCommand.SAGA_COMMAND_RETRY, pageSize: 1 });
    const other = { target, command: SagaCommand.SAGA_COMMAND_COMPENSATE, pageToken: nextPageToken };
    await expect(desk.bulk(other)).rejects.toMatchObject({ ...invalid, reason: 'PAGE_TOKEN_INVALID' });
  });

  it('is for administrators', async () => {
    const principal = { userId: newId(), roles: ['customer'] };
    const request = { target: { $case: 'filter', value: {} }, command: SagaCommand.SAGA_COMMAND_PARK } as const;
    await expect(desk.bulk(request, { principal })).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
  });

  it('tells whoever runs the process of what is our fault, and goes on', async () => {
    await desk.clear();
    const [cursed, whole] = [await desk.put({ step: 0, about: CURSED }), await desk.put({ step: 0 })];
    const target = { $case: 'ids', value: { sagaIds: [cursed, whole] } } satisfies Target;
    const { results } = await desk.bulk({ target, command: SagaCommand.SAGA_COMMAND_PARK });

    expect(results).toMatchObject([
      { sagaId: cursed, outcome: REFUSED, error: { status: 'INTERNAL', message: 'internal error' } },
      { sagaId: whole, outcome: DONE },
    ]);
    expect(desk.faults).toMatchObject([{ message: 'the hook of this saga is broken' }]);
  });
});

type Target = NonNullable<BulkCommandSagasRequest['target']>;

function isNamed(
  { state, createTime }: SagaRecord,
  wanted: {
    readonly states?: readonly string[];
    readonly step?: string;
    readonly reason?: string;
    readonly minAgeSeconds?: number;
  },
): boolean {
  const live = state.kind === 'PARKED' ? state.parked : state;
  const step = 'step' in live ? STEPS[live.step] : undefined;
  const states = wanted.states ?? ['RUNNING', 'COMPENSATING', 'PARKED'];
  if (!states.includes(state.kind)) return false;
  if (wanted.step !== undefined && step !== wanted.step) return false;
  if (wanted.reason !== undefined && ('failure' in state ? state.failure.reason : '') !== wanted.reason) return false;
  const ageMs = systemClock.now() - createTime.getTime();
  return wanted.minAgeSeconds === undefined || ageMs >= wanted.minAgeSeconds * 1_000;
}
