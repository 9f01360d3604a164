import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  advance,
  beginLineCancellation,
  dueTotal,
  planLineCancellation,
  pointsFor,
  quantityLeft,
  refundedTotal,
  type CartLine,
  type Order,
  type OrderId,
  type OrderLine,
  type SagaNewsEntry,
  type UserId,
} from '../../../src/services/order/domain.ts';

const time = new Date('2026-01-02T03:04:05Z');
const eur = (units: number, cents = 0) => ({ currencyCode: 'EUR', units: BigInt(units), nanos: cents * 10_000_000 });
const cents = ({ units, nanos }: { readonly units: bigint; readonly nanos: number }) =>
  Number(units) * 100 + nanos / 1e7;

function line(productId: string, quantity: number, priceCents: number): OrderLine {
  const total = priceCents * quantity;
  return {
    productId,
    sku: productId,
    name: productId,
    quantity,
    unitPrice: eur(Math.trunc(priceCents / 100), priceCents % 100),
    lineTotal: eur(Math.trunc(total / 100), total % 100),
  };
}

function confirmed(lines: readonly OrderLine[], rest: Partial<Order> = {}): Order {
  const total = lines.reduce((sum, { lineTotal }) => sum + cents(lineTotal), 0);
  return {
    id: 'o' as OrderId,
    userId: 'u' as UserId,
    state: 'CONFIRMED',
    lines,
    total: eur(Math.trunc(total / 100), total % 100),
    activeSagas: 0,
    lastPosition: 20n,
    reservationId: 'r',
    paymentId: 'p',
    shipmentId: 's',
    pointsAwarded: BigInt(Math.trunc(total / 100)),
    cancellation: undefined,
    reduction: undefined,
    shippingAddress: { recipient: '', lines: [], city: '', postalCode: '', region: '', countryCode: '' },
    paymentMethodId: '',
    sagaId: 'x',
    toldOutside: 2n,
    createTime: time,
    updateTime: time,
    confirmTime: time,
    cancelTime: undefined,
    ...rest,
  };
}

const STEPS = ['amend-shipment', 'refund-payment', 'return-stock', 'revoke-points', 'notify'];

function entry(kind: SagaNewsEntry['kind'], rest: Partial<SagaNewsEntry> = {}): SagaNewsEntry {
  return { kind, direction: 'FORWARD', time, ...rest };
}

function told(events: readonly { readonly kind: string; readonly reason: string; readonly settled: boolean }[]) {
  return events.map(({ kind, reason, settled }) => [kind, reason, settled ? 'settled' : ''].filter(Boolean).join(' '));
}

const why = { reason: 'CANCELLED_BY_CUSTOMER', message: 'too many', requestTime: time };

/** The order with a partial cancellation begun, and with its steps done. */
function begun(order: Order, lines: readonly CartLine[]) {
  const plan = planLineCancellation(order, lines);
  const begin = beginLineCancellation(order, { lines, amount: plan.amount, ...why }, 'saga');
  return { plan, begin, order: { ...order, ...begin.order } };
}

function done(order: Order, lines: readonly CartLine[]): Order {
  const { plan, order: reduced } = begun(order, lines);
  const outputs = { pointsRevoked: plan.points };
  const entries = [...STEPS.map((step) => entry('ATTEMPT_SUCCEEDED', { step, attempt: 1 })), entry('FINISHED')];
  return { ...order, ...advance(reduced, { saga: 'partial-cancellation', wasParked: false, entries, outputs }).order };
}

describe('planLineCancellation', () => {
  const order = confirmed([line('kettle', 3, 3999), line('mug', 1, 750)]);

  it('says what pieces cost, what the order costs without them and which points are too many', () => {
    expect(planLineCancellation(order, [{ productId: 'kettle', quantity: 2 }])).toEqual({
      everything: false,
      amount: eur(79, 98),
      dueTotal: eur(47, 49),
      points: 80n, // of 127 for 127.47, 47 are left for 47.49
    });
  });

  it('sees that nothing would be left', () => {
    const rest = done(order, [{ productId: 'kettle', quantity: 2 }]);
    const wanted = [
      { productId: 'mug', quantity: 1 },
      { productId: 'kettle', quantity: 1 },
    ];
    expect(planLineCancellation(rest, wanted)).toMatchObject({ everything: true, dueTotal: eur(0) });
  });

  it('refuses more than is left and what was not ordered, product by product', () => {
    const rest = done(order, [{ productId: 'kettle', quantity: 2 }]);
    const wanted = [{ productId: 'kettle', quantity: 2 }, { productId: 'plate', quantity: 1 }]; // prettier-ignore
    expect(() => planLineCancellation(rest, wanted)).toThrow(
      expect.objectContaining({
        status: 'FAILED_PRECONDITION',
        reason: 'LINE_QUANTITY_EXCEEDED',
        details: [
          {
            kind: 'preconditionFailure',
            violations: [
              expect.objectContaining({ subject: 'order/o/kettle', description: '2 to take out, 1 left' }),
              expect.objectContaining({ subject: 'order/o/plate', description: '1 to take out, 0 left' }),
            ],
          },
        ],
      }),
    );
  });

  it('takes no points from an order that was given none', () => {
    const free = confirmed([line('kettle', 3, 3999)], { pointsAwarded: 0n });
    expect(planLineCancellation(free, [{ productId: 'kettle', quantity: 1 }]).points).toBe(0n);
  });

  it('adds up, however an order is taken apart: pieces, money and points', () => {
    const prices = fc.array(fc.record({ cents: fc.integer({ min: 0, max: 99_999 }), quantity: fc.integer({ min: 1, max: 9 }) }), { minLength: 1, maxLength: 4 }); // prettier-ignore
    const takings = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(prices, takings, (lines, rounds) => {
        let current = confirmed(lines.map((one, index) => line(`p${index}`, one.quantity, one.cents)));
        for (const round of rounds) {
          const wanted = current.lines.flatMap((one, index) => {
            const quantity = Math.min(round[index] ?? 0, quantityLeft(one, current));
            return quantity === 0 ? [] : [{ productId: one.productId, quantity }];
          });
          if (wanted.length === 0 || planLineCancellation(current, wanted).everything) continue;
          current = done(current, wanted);
          const worth = current.lines.reduce((sum, one) => sum + quantityLeft(one, current) * cents(one.unitPrice), 0);
          expect(cents(dueTotal(current))).toBe(worth);
          expect(cents(dueTotal(current)) + cents(refundedTotal(current))).toBe(cents(current.total));
          expect(current.pointsAwarded).toBe(pointsFor(dueTotal(current)));
        }
      }),
    );
  });
});

describe('advance, of a partial cancellation', () => {
  const order = confirmed([line('kettle', 3, 3999), line('mug', 1, 750)]);
  const lines = [{ productId: 'kettle', quantity: 2 }];

  it('takes the pieces out when the parcel is changed, and counts the money when it is back', () => {
    const { begin, order: reduced } = begun(order, lines);
    expect(begin.events).toMatchObject([
      { kind: 'LINES_CANCELLING', state: 'CONFIRMED', position: 21n, settled: false },
    ]);
    expect(dueTotal(reduced)).toEqual(order.total);
    const news = { saga: 'partial-cancellation', wasParked: false, outputs: {} } as const;
    const amended = advance(reduced, {
      ...news,
      entries: [entry('ATTEMPT_SUCCEEDED', { step: 'amend-shipment', attempt: 1 })],
    });
    expect(told(amended.events)).toEqual(['STEP_SUCCEEDED', 'LINES_CANCELLED CANCELLED_BY_CUSTOMER']);
    const after = { ...reduced, ...amended.order };
    expect([dueTotal(after), refundedTotal(after)]).toEqual([eur(47, 49), eur(0)]);
    const skipped = advance(after, { ...news, entries: [entry('STEP_SKIPPED', { step: 'refund-payment' })] });
    expect(refundedTotal({ ...after, ...skipped.order })).toEqual(eur(79, 98));
    const last = [entry('ATTEMPT_SUCCEEDED', { step: 'notify', attempt: 1 }), entry('FINISHED')];
    const ended = advance({ ...after, ...skipped.order }, { ...news, entries: last });
    expect(ended.order).toMatchObject({ state: 'CONFIRMED', activeSagas: 0, reduction: { underWay: undefined } });
  });

  it('keeps everything when the parcel has left', () => {
    const { order: reduced } = begun(order, lines);
    const failure = { status: 'FAILED_PRECONDITION', reason: 'SHIPMENT_STATE_CONFLICT', message: 'left' } as const;
    const back = { direction: 'BACKWARD', failure, step: 'amend-shipment' } as const;
    const { order: kept, events } = advance(reduced, {
      saga: 'partial-cancellation',
      wasParked: false,
      outputs: {},
      entries: [
        entry('ATTEMPT_REFUSED', { step: 'amend-shipment', attempt: 1, failure }),
        entry('COMPENSATION_STARTED', back),
        entry('FINISHED', back),
      ],
    });
    expect(told(events)).toEqual(['STEP_FAILED SHIPMENT_STATE_CONFLICT', 'LINES_KEPT ORDER_NOT_CANCELLABLE settled']);
    const after = { ...order, ...kept };
    expect([dueTotal(after), refundedTotal(after), after.pointsAwarded]).toEqual([order.total, eur(0), 127n]);
    expect(kept.reduction?.underWay).toBeUndefined();
  });

  it('owes nothing and has refunded all once the rest is cancelled too', () => {
    const rest = done(order, lines);
    const news = { saga: 'cancellation', wasParked: false, outputs: {} } as const;
    const cancelling = { ...rest, state: 'CANCELLING', activeSagas: 1 } as const;
    const { order: over } = advance(cancelling, {
      ...news,
      entries: [entry('ATTEMPT_SUCCEEDED', { step: 'refund-payment', attempt: 1 }), entry('FINISHED')],
    });
    const after = { ...rest, ...over };
    expect([after.state, dueTotal(after), refundedTotal(after)]).toEqual(['CANCELLED', eur(0), order.total]);
  });
});
