import type { World } from '../../support/invariants/index.ts';

/** The ids that a good world uses. */
export const ORDER = 'order-1';
export const CANCELLED = 'order-2';
export const PRODUCT = 'product-1';
export const USER = 'user-1';

/**
 * A world without a breach: one product of which 10 came in, a confirmed order of 2 at 10.00 EUR, and an order of 3 that
 * was cancelled when the carrier refused it.
 */
export function goodWorld(): World {
  const shelf = { productId: PRODUCT, received: 10 };
  const change = (
    position: number,
    kind: string,
    quantity: number,
    after: readonly number[],
    reservationId?: string,
  ) => ({
    ...{ ...shelf, position, kind, quantity, reservationId },
    ...{ available: after[0] ?? 0, reserved: after[1] ?? 0, sold: after[2] ?? 0 },
  });
  const event = (
    orderId: string,
    position: number,
    kind: string,
    state: World['orders'][number]['state'],
    settled = false,
  ) => ({
    ...{ orderId, position, kind, state, settled },
  });
  const entry = (sagaId: string, kind: string, step?: string, direction: 'FORWARD' | 'BACKWARD' = 'FORWARD') => ({
    ...{ sagaId, kind, step, direction },
  });
  const both = (transactionId: string, orderId: string, debit: string, credit: string, amount: number) => [
    { transactionId, orderId, account: debit, currency: 'EUR', amount },
    { transactionId, orderId, account: credit, currency: 'EUR', amount: -amount },
  ];
  const attempts = (sagaId: string, ...steps: readonly string[]) =>
    steps.flatMap((step) => [entry(sagaId, 'ATTEMPT_STARTED', step), entry(sagaId, 'ATTEMPT_SUCCEEDED', step)]);
  const entries = [
    entry('saga-1', 'STARTED'),
    ...attempts('saga-1', 'reserve', 'authorize', 'arrange', 'capture', 'confirm', 'notify', 'award'),
    entry('saga-1', 'FINISHED'),
    entry('saga-2', 'STARTED'),
    ...attempts('saga-2', 'reserve', 'authorize'),
    entry('saga-2', 'ATTEMPT_STARTED', 'arrange'),
    entry('saga-2', 'ATTEMPT_REFUSED', 'arrange'),
    entry('saga-2', 'COMPENSATION_STARTED', 'arrange', 'BACKWARD'),
    entry('saga-2', 'ATTEMPT_SUCCEEDED', 'authorize', 'BACKWARD'),
    entry('saga-2', 'ATTEMPT_SUCCEEDED', 'reserve', 'BACKWARD'),
    entry('saga-2', 'FINISHED', undefined, 'BACKWARD'),
  ];
  const told = (service: string, aggregate: string, ...types: readonly string[]) =>
    types.map((type, index) => ({ service, eventId: `${aggregate} ${index}`, aggregate, sequence: index + 1, type }));
  const order = { userId: USER, currency: 'EUR', activeSagas: 0 };
  return {
    orders: [
      {
        ...{ ...order, id: ORDER, state: 'CONFIRMED', lines: [{ productId: PRODUCT, quantity: 2 }], due: 2_000 },
        ...{ pointsAwarded: 20, lastPosition: 2 },
      },
      {
        ...{ ...order, id: CANCELLED, state: 'CANCELLED', lines: [{ productId: PRODUCT, quantity: 3 }], due: 3_000 },
        ...{ pointsAwarded: 0, lastPosition: 3 },
      },
    ],
    orderCopies: [{ orderId: ORDER, what: 'snapshot', kept: '{}', folded: '{}' }],
    orderEvents: [
      event(ORDER, 1, 'STATE_CHANGED', 'PENDING'),
      event(ORDER, 2, 'STATE_CHANGED', 'CONFIRMED', true),
      event(CANCELLED, 1, 'STATE_CHANGED', 'PENDING'),
      event(CANCELLED, 2, 'STATE_CHANGED', 'CANCELLING'),
      event(CANCELLED, 3, 'STATE_CHANGED', 'CANCELLED', true),
    ],
    checkouts: [],
    sagas: [
      { id: 'saga-1', name: 'checkout', state: 'COMPLETED', orderId: ORDER },
      { id: 'saga-2', name: 'checkout', state: 'COMPENSATED', orderId: CANCELLED },
    ],
    sagaEntries: entries.map((one, index) => ({ ...one, position: index + 1 })),
    stock: [{ ...shelf, available: 8, reserved: 0, sold: 2 }],
    stockChanges: [
      change(1, 'CREATED', 10, [10, 0, 0]),
      change(2, 'RESERVED', 2, [8, 2, 0], ORDER),
      change(3, 'RESERVED', 3, [5, 5, 0], CANCELLED),
      change(4, 'COMMITTED', 2, [5, 3, 2], ORDER),
      change(5, 'RELEASED', 3, [8, 0, 2], CANCELLED),
    ],
    isStockLogTrimmed: false,
    reservations: [
      { id: ORDER, state: 'COMMITTED', lines: [{ productId: PRODUCT, quantity: 2 }] },
      { id: CANCELLED, state: 'RELEASED', lines: [{ productId: PRODUCT, quantity: 3 }] },
    ],
    provider: [
      { orderId: ORDER, currency: 'EUR', held: 0, captured: 2_000, refunded: 0, captures: 1 },
      { orderId: CANCELLED, currency: 'EUR', held: 0, captured: 0, refunded: 0, captures: 0 },
    ],
    payments: [
      { id: 'payment-1', orderId: ORDER, state: 'CAPTURED', captured: 2_000, refunded: 0, refunding: 0 },
      { id: 'payment-2', orderId: CANCELLED, state: 'VOIDED', captured: 0, refunded: 0, refunding: 0 },
    ],
    postings: [
      ...both('t1', ORDER, 'CARD_HOLDS', 'HELD_FOR_ORDERS', 2_000),
      ...both('t2', ORDER, 'HELD_FOR_ORDERS', 'CARD_HOLDS', 2_000),
      ...both('t3', ORDER, 'PROVIDER_RECEIVABLE', 'SALES', 2_000),
      ...both('t4', CANCELLED, 'CARD_HOLDS', 'HELD_FOR_ORDERS', 3_000),
      ...both('t5', CANCELLED, 'HELD_FOR_ORDERS', 'CARD_HOLDS', 3_000),
    ],
    points: [{ userId: USER, orderId: ORDER, kind: 'AWARD', points: 20, balanceAfter: 20 }],
    balances: [{ userId: USER, points: 20 }],
    shipments: [
      { orderId: ORDER, state: 'ARRANGED', parcelId: 'parcel-1' },
      { orderId: CANCELLED, state: 'REFUSED', parcelId: '' },
    ],
    parcels: [{ id: 'parcel-1', cancelled: false }],
    notifications: [{ id: 'mail-1', orderId: ORDER, channel: 'EMAIL', template: 'order-confirmed', state: 'SENT' }],
    mails: [{ notificationId: 'mail-1' }],
    outbox: [
      ...told('product', 'reservation order-1', 'reservation.held', 'reservation.committed'),
      ...told('product', 'reservation order-2', 'reservation.held', 'reservation.released'),
      ...told('order', 'order order-1', 'order.placed', 'order.confirmed'),
      ...told('order', 'order order-2', 'order.placed', 'order.cancelling', 'order.cancelled'),
      ...told('payment', 'payment payment-1', 'payment.authorized', 'payment.captured'),
      ...told('payment', 'payment payment-2', 'payment.authorized', 'payment.voided'),
      ...told('loyalty', 'balance user-1', 'points.awarded'),
    ],
  };
}
