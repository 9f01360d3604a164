import { describe, expect, it } from '@jest/globals';

import { SagaStepState } from '../../../gen/tradewind/order/v1/saga.ts';
import type { HistoryEntry, SagaRecord, SagaState } from '../../../src/chassis/saga/index.ts';
import type { OrderClients } from '../../../src/services/order/clients.ts';
import { defineCheckout } from '../../../src/services/order/saga.ts';
import { toProtoSaga } from '../../../src/services/order/saga-view.ts';

const checkout = defineCheckout({} as OrderClients); // no step runs here
const failure = { status: 'UNAVAILABLE', reason: 'DOWN', message: 'down' } as const;
const time = new Date(0);

function stepsOf(state: SagaState, history: readonly HistoryEntry[]) {
  const saga: SagaRecord = {
    ...{ id: 's', name: 'checkout', version: 1, correlationKey: 'o', state, input: {}, outputs: {} },
    ...{ deadlineTime: time, dueTime: time, createTime: time, updateTime: time, finishTime: undefined },
    ...{ owner: undefined, origin: { traceparent: undefined, baggage: undefined }, claimToken: 1, revision: 1 },
  };
  const { steps } = toProtoSaga(saga, checkout, history);
  return Object.fromEntries(steps.map(({ name, state: stands }) => [name, stands]));
}

describe('toProtoSaga', () => {
  it('tells that steps are done whose entries are too old to be in the history it is given', () => {
    const attempt = { sagaId: 's', position: 900n, step: 'notify', direction: 'FORWARD', attempt: 300, time } as const;
    const history: HistoryEntry[] = [{ ...attempt, kind: 'ATTEMPT_FAILED', failure }];
    const state = {
      kind: 'RUNNING',
      step: 5,
      attempt: 301,
      failures: 300,
      done: [],
      ahead: false,
      ambiguous: true,
    } as const;
    for (const one of [state, { kind: 'PARKED', parked: state, failure } as const]) {
      expect(stepsOf(one, history)).toMatchObject({
        'reserve-stock': SagaStepState.SAGA_STEP_STATE_SUCCEEDED,
        confirm: SagaStepState.SAGA_STEP_STATE_SUCCEEDED,
        notify: SagaStepState.SAGA_STEP_STATE_RUNNING,
        'award-points': SagaStepState.SAGA_STEP_STATE_PENDING,
      });
    }
    expect(stepsOf({ kind: 'COMPLETED' }, history)['confirm']).toBe(SagaStepState.SAGA_STEP_STATE_SUCCEEDED);
  });

  it('tells of a saga that undoes a step that those before it are done', () => {
    const state = { kind: 'COMPENSATING', step: 1, attempt: 9, failures: 8, done: [], failure } as const;
    expect(stepsOf(state, [])).toMatchObject({
      'reserve-stock': SagaStepState.SAGA_STEP_STATE_SUCCEEDED,
      'authorize-payment': SagaStepState.SAGA_STEP_STATE_COMPENSATING,
      'capture-payment': SagaStepState.SAGA_STEP_STATE_PENDING,
    });
  });
});
