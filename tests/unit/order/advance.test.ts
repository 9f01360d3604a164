import { describe, expect, it } from '@jest/globals';

import {
  advance,
  beginCancellation,
  type Order,
  type OrderId,
  type SagaNews,
  type SagaNewsEntry,
  type UserId,
} from '../../../src/services/order/domain.ts';

const time = new Date('2026-01-02T03:04:05Z');

function order(rest: Partial<Order> = {}): Order {
  return {
    id: 'o' as OrderId,
    userId: 'u' as UserId,
    lines: [],
    shippingAddress: { recipient: '', lines: [], city: '', postalCode: '', region: '', countryCode: '' },
    paymentMethodId: '',
    sagaId: 's',
    state: 'PENDING',
    total: { currencyCode: 'EUR', units: 100n, nanos: 0 },
    activeSagas: 1,
    lastPosition: 1n,
    toldOutside: 1n,
    reservationId: undefined,
    paymentId: undefined,
    shipmentId: undefined,
    pointsAwarded: 0n,
    cancellation: undefined,
    reduction: undefined,
    ...{ createTime: time, updateTime: time, confirmTime: undefined, cancelTime: undefined },
    ...rest,
  };
}

function entry(kind: SagaNewsEntry['kind'], rest: Partial<SagaNewsEntry> = {}): SagaNewsEntry {
  return { kind, direction: 'FORWARD', time, ...rest };
}

function news(entries: readonly SagaNewsEntry[], rest: Partial<SagaNews> = {}): SagaNews {
  return { saga: 'checkout', wasParked: false, entries, outputs: {}, ...rest };
}

const declined = { status: 'FAILED_PRECONDITION', reason: 'PAYMENT_DECLINED', message: 'no funds' } as const;
const unavailable = { status: 'UNAVAILABLE', reason: 'X', message: 'away' } as const;
const cancellation = { reason: 'CANCELLED_BY_CUSTOMER', message: 'no', step: '', requestTime: time };

function told(result: ReturnType<typeof advance>) {
  return result.events.map(({ position, kind, state, step, reason, settled }) =>
    [`${position}`, kind, state, step, reason, settled ? 'settled' : ''].filter((part) => part !== '').join(' '),
  );
}

describe('advance', () => {
  it('tells each step and confirms the order with the confirming one', () => {
    const result = advance(
      order({ lastPosition: 9n }),
      news([
        entry('ATTEMPT_SUCCEEDED', { step: 'confirm', attempt: 1 }),
        entry('ATTEMPT_STARTED', { step: 'notify', attempt: 1 }),
      ]),
    );
    expect(told(result)).toEqual([
      '10 STEP_SUCCEEDED PENDING confirm',
      '11 STATE_CHANGED CONFIRMED',
      '12 STEP_STARTED CONFIRMED notify',
    ]);
    expect(result.order).toMatchObject({ state: 'CONFIRMED', lastPosition: 12n, activeSagas: 1 });
  });

  it('settles a confirmed order with its last step', () => {
    const last = [entry('ATTEMPT_SUCCEEDED', { step: 'award-points', attempt: 1 }), entry('FINISHED')];
    const result = advance(order({ state: 'CONFIRMED' }), news(last, { outputs: { pointsAwarded: 7n } }));
    expect(told(result)).toEqual(['2 STEP_SUCCEEDED CONFIRMED award-points settled']);
    expect(result.order).toMatchObject({ activeSagas: 0, pointsAwarded: 7n });
  });

  it('gives the reason of the step that was refused', () => {
    const result = advance(
      order(),
      news([
        entry('ATTEMPT_REFUSED', { step: 'authorize-payment', attempt: 1, failure: declined }),
        entry('COMPENSATION_STARTED', { direction: 'BACKWARD', step: 'authorize-payment', failure: declined }),
      ]),
    );
    expect(told(result)).toEqual([
      '2 STEP_FAILED PENDING authorize-payment PAYMENT_DECLINED',
      '3 STATE_CHANGED CANCELLING PAYMENT_DECLINED',
    ]);
    expect(result.order.cancellation).toEqual({
      reason: 'PAYMENT_DECLINED',
      message: 'no funds',
      step: 'authorize-payment',
      requestTime: time,
    });
  });

  it('ends in CANCELLED, settled, once everything is undone', () => {
    const result = advance(
      order({ state: 'CANCELLING', cancellation }),
      news([
        entry('ATTEMPT_SUCCEEDED', { direction: 'BACKWARD', step: 'reserve-stock', attempt: 1 }),
        entry('FINISHED', { direction: 'BACKWARD' }),
      ]),
    );
    expect(told(result)).toEqual([
      '2 STEP_UNDONE CANCELLING reserve-stock',
      '3 STATE_CHANGED CANCELLED CANCELLED_BY_CUSTOMER settled',
    ]);
  });

  it.each([
    [{ status: 'DEADLINE_EXCEEDED', reason: 'SAGA_TIMED_OUT', message: '' }, 'CHECKOUT_TIMED_OUT'],
    [unavailable, 'CHECKOUT_TIMED_OUT'],
    [{ status: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED', domain: 'tradewind', message: '' }, 'STEP_REFUSED'],
    [{ status: 'FAILED_PRECONDITION', reason: 'SOME_NEW_REASON', domain: 'x', message: '' }, 'SOME_NEW_REASON'],
  ] as const)('ends an order after %j with %s', (failure, reason) => {
    const turned = entry('COMPENSATION_STARTED', { direction: 'BACKWARD', step: 'reserve-stock', failure });
    expect(advance(order(), news([turned])).order.cancellation).toMatchObject({ reason });
  });

  it('keeps the words of whoever asked for it, and blames no step', () => {
    const failure = { status: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER', message: 'wrong size' } as const;
    const turned = { direction: 'BACKWARD', step: 'notify', failure, actor: 'ada' } as const;
    expect(advance(order(), news([entry('COMPENSATION_STARTED', turned)])).order.cancellation).toEqual({
      reason: 'CANCELLED_BY_CUSTOMER',
      message: 'wrong size',
      step: '',
      requestTime: time,
    });
  });

  it('says what is tried again and what waits for an operator', () => {
    const result = advance(
      order(),
      news([
        entry('ATTEMPT_FAILED', { step: 'reserve-stock', attempt: 1, failure: unavailable }),
        entry('ATTEMPT_FAILED', { direction: 'BACKWARD', step: 'reserve-stock', attempt: 1, failure: unavailable }),
        entry('PARKED', { direction: 'BACKWARD', step: 'reserve-stock', failure: unavailable }),
        entry('PARKED', { step: 'reserve-stock', actor: 'olga', note: 'look' }),
        entry('STEP_SKIPPED', { step: 'reserve-stock', actor: 'olga', note: 'by hand' }),
        entry('TAKEN_OVER'),
      ]),
    );
    expect(told(result)).toEqual([
      '2 STEP_RETRYING PENDING reserve-stock STEP_UNAVAILABLE',
      '3 UNDO_RETRYING PENDING reserve-stock STEP_UNAVAILABLE',
      '4 PARKED PENDING reserve-stock PARKED_AFTER_FAILURES',
      '5 PARKED PENDING reserve-stock PARKED_BY_OPERATOR',
      '6 STEP_SKIPPED PENDING reserve-stock SKIPPED_BY_OPERATOR',
    ]);
  });

  it('tells a saga that was set aside from one whose attempts were used up', () => {
    const failure = { status: 'INTERNAL', reason: 'SAGA_QUARANTINED', message: 'five owners died' } as const;
    expect(told(advance(order(), news([entry('PARKED', { step: 'reserve-stock', failure })])))).toEqual([
      '2 PARKED PENDING reserve-stock SAGA_QUARANTINED',
    ]);
  });

  it('tells of a retry only when it ended a parking', () => {
    expect(told(advance(order(), news([entry('RETRIED')])))).toEqual([]);
    expect(told(advance(order(), news([entry('RETRIED', { step: 'x' })], { wasParked: true })))).toEqual([
      '2 RESUMED PENDING x',
    ]);
  });

  it('undoes a confirmed order, or lets it stand when the parcel has left', () => {
    const begun = beginCancellation(order({ state: 'CONFIRMED', activeSagas: 0 }), cancellation, 'saga');
    expect(told(begun)).toEqual(['2 STATE_CHANGED CANCELLING CANCELLED_BY_CUSTOMER']);
    expect(begun.order).toMatchObject({ activeSagas: 1, cancellation });

    const done = advance(begun.order, news([entry('FINISHED')], { saga: 'cancellation' }));
    expect(told(done)).toEqual(['3 STATE_CHANGED CANCELLED CANCELLED_BY_CUSTOMER settled']);

    const tooLate = advance(
      begun.order,
      news([entry('COMPENSATION_STARTED', { direction: 'BACKWARD' }), entry('FINISHED', { direction: 'BACKWARD' })], {
        saga: 'cancellation',
      }),
    );
    expect(told(tooLate)).toEqual(['3 STATE_CHANGED CONFIRMED ORDER_NOT_CANCELLABLE settled']);
    expect(tooLate.order.cancellation).toBeUndefined();
  });

  it('does not settle an order whose other saga is still under way', () => {
    const both = order({ state: 'CANCELLING', cancellation, activeSagas: 2 });
    const checkoutEnds = [entry('ATTEMPT_SUCCEEDED', { step: 'award-points', attempt: 1 }), entry('FINISHED')];
    const result = advance(both, news(checkoutEnds));
    expect(told(result)).toEqual(['2 STEP_SUCCEEDED CANCELLING award-points']);
    expect(result.order.activeSagas).toBe(1);
  });
});
