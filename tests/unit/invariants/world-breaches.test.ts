import { describe, expect, it } from '@jest/globals';

import { worldBreaches, type World } from '../../support/invariants/index.ts';
import { CANCELLED, ORDER, PRODUCT, goodWorld } from './a-world.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Mutable<Item>[] : T[K] };
type Plant = (world: Mutable<World>) => void;

/** Breaks the good world in one place. */
function planted(plant: Plant): readonly string[] {
  const world = structuredClone(goodWorld()) as Mutable<World>; // ours to break
  plant(world);
  return worldBreaches(world, { orderIds: [ORDER], received: new Map([[PRODUCT, 10]]) });
}

/** The item that fits; the good world has it. */
function the<Item>(items: Item[], fits: (item: Item) => boolean = () => true): Item {
  const found = items.find(fits);
  if (found === undefined) throw new Error('the good world has no such item');
  return found;
}

const PLANTED: readonly (readonly [invariant: string, what: string, plant: Plant, says: string])[] = [
  ['I1', 'a product below zero', (w) => Object.assign(the(w.stock), { available: -1, sold: 11 }), 'is below zero'],
  ['I1', 'a piece too many', (w) => (the(w.stock).available = 9), 'does not add up'],
  [
    'I1',
    'pieces that came from nowhere',
    (w) => Object.assign(the(w.stock), { available: 9, received: 11 }),
    'it was given 10',
  ],
  [
    'I1',
    'stock released twice',
    (w) => {
      w.stockChanges.push({
        ...the(w.stockChanges, ({ kind }) => kind === 'RELEASED'),
        position: 6,
        available: 11,
        reserved: -3,
      });
      Object.assign(the(w.stock), { available: 11, reserved: -3 });
    },
    'RESERVED 3, RELEASED 3, RELEASED 3',
  ],
  ['I1', 'a change that was not written down', (w) => w.stockChanges.splice(2, 1), 'instead of'],
  ['I1', 'a stock that its log does not end with', (w) => w.stockChanges.pop(), 'its last change says'],
  [
    'I1',
    'a cancelled order that still holds stock',
    (w) => (the(w.reservations, ({ id }) => id === CANCELLED).state = 'HELD'),
    `order ${CANCELLED} is CANCELLED, its reservation is HELD`,
  ],
  [
    'I1',
    'a confirmed order without stock',
    (w) => (the(w.reservations).state = 'EXPIRED'),
    `order ${ORDER} is CONFIRMED, its reservation is EXPIRED`,
  ],
  ['I1', 'an order of other lines', (w) => (the(the(w.orders).lines).quantity = 1), 'has the lines 1 x'],
  ['I2', 'a charge that is too high', (w) => (the(w.provider).captured = 2_500), 'the provider took 2500'],
  [
    'I2',
    'a charge for a cancelled order',
    (w) =>
      Object.assign(
        the(w.provider, ({ orderId }) => orderId === CANCELLED),
        { captured: 3_000, captures: 1 },
      ),
    'is CANCELLED and due 0, the provider took 3000',
  ],
  [
    'I2',
    'a hold that was never let go',
    (w) => (the(w.provider, ({ orderId }) => orderId === CANCELLED).held = 3_000),
    'still holds 3000',
  ],
  ['I2', 'money for no order', (w) => w.provider.push({ ...the(w.provider), orderId: 'nobody' }), 'for no order'],
  ['I2', 'a payment that does not know', (w) => (the(w.payments).captured = 0), 'our payments took 0'],
  [
    'I2',
    'a payment left open',
    (w) => (the(w.payments, ({ id }) => id === 'payment-2').state = 'VOIDING'),
    'is VOIDING',
  ],
  ['I2', 'a booking with one side', (w) => w.postings.splice(4, 1), 'has 1 sides'],
  [
    'I2',
    'a booking made twice',
    (w) =>
      w.postings.push(
        ...w.postings.filter(({ transactionId }) => transactionId === 't3').map((p) => ({ ...p, transactionId: 't6' })),
      ),
    'account SALES stands at -4000 instead of -2000',
  ],
  ['I2', 'another currency', (w) => (the(w.provider).currency = 'USD'), 'the provider took USD'],
  [
    'I3',
    'an order that never ended',
    (w) => {
      the(w.orders).state = 'PENDING';
      w.orderEvents.splice(1, 1);
      the(w.orders).lastPosition = 1;
    },
    `order ${ORDER} is PENDING`,
  ],
  ['I3', 'a parked saga', (w) => (the(w.sagas).state = 'PARKED'), 'checkout PARKED'],
  [
    'I3',
    'a saga that ended otherwise',
    (w) => (the(w.sagas).state = 'COMPENSATED'),
    'its sagas ended checkout COMPENSATED',
  ],
  [
    'I3',
    'two terminal states',
    (w) => {
      w.orderEvents.push({ orderId: CANCELLED, position: 4, kind: 'STATE_CHANGED', state: 'CONFIRMED', settled: true });
      Object.assign(
        the(w.orders, ({ id }) => id === CANCELLED),
        { lastPosition: 4, state: 'CONFIRMED' },
      );
    },
    'went from CANCELLED to CONFIRMED',
  ],
  ['I3', 'a state that no event tells', (w) => (the(w.orders).state = 'CANCELLED'), 'its history says CONFIRMED'],
  ['I3', 'an order that waits for its end', (w) => (the(w.orders).activeSagas = 1), 'counts 1 sagas under way'],
  ['I4', 'a second capture', (w) => (the(w.provider).captures = 2), 'was captured 2 times'],
  ['I5', 'an event told twice', (w) => w.orderEvents.splice(1, 0, { ...the(w.orderEvents) }), 'has the events 1 1 2'],
  ['I5', 'an event that was lost', (w) => (the(w.orders).lastPosition = 3), 'the last should be 3'],
  [
    'I5',
    'a saga that ended twice',
    (w) => w.sagaEntries.push({ ...the(w.sagaEntries, ({ kind }) => kind === 'FINISHED'), position: 99 }),
    'finished 2 times',
  ],
  [
    'I5',
    'a step done twice',
    (w) => {
      const done = the(w.sagaEntries, ({ step, kind }) => step === 'capture' && kind === 'ATTEMPT_SUCCEEDED');
      w.sagaEntries.splice(w.sagaEntries.indexOf(done), 0, { ...done });
    },
    'succeeded 2 times at FORWARD capture',
  ],
  [
    'I5',
    'undoing in forward order',
    (w) => {
      const undone = w.sagaEntries.filter((e) => e.direction === 'BACKWARD' && e.kind === 'ATTEMPT_SUCCEEDED');
      const [first, second] = undone;
      if (first && second) [first.step, second.step] = [second.step, first.step];
    },
    'undid reserve before authorize',
  ],
  [
    'I5',
    'a step that was never undone',
    (w) => {
      const undo = the(w.sagaEntries, ({ step, direction }) => step === 'authorize' && direction === 'BACKWARD');
      w.sagaEntries.splice(w.sagaEntries.indexOf(undo), 1);
    },
    'its step authorize was never undone',
  ],
  [
    'I5',
    'an ambiguous step that was skipped',
    (w) => (the(w.sagaEntries, ({ kind }) => kind === 'ATTEMPT_REFUSED').kind = 'ATTEMPT_FAILED'),
    'its step arrange was never undone',
  ],
  [
    'I5',
    'points awarded twice',
    (w) => {
      w.points.push({ ...the(w.points), balanceAfter: 40 });
      the(w.balances).points = 40;
    },
    'was rewarded 2 times',
  ],
  ['I5', 'a balance that is not its entries', (w) => (the(w.balances).points = 30), 'has 30 of 20 points'],
  ['I5', 'an entry that does not follow', (w) => (the(w.points).balanceAfter = 25), 'an entry that makes it 20'],
  [
    'I5',
    'two messages',
    (w) => w.notifications.push({ ...the(w.notifications), id: 'mail-2' }),
    '2 messages for order',
  ],
  ['I5', 'a mail that came twice', (w) => w.mails.push({ ...the(w.mails) }), 'arrived 2 times'],
  ['I5', 'a mail that never came', (w) => w.mails.pop(), 'no mail arrived'],
  ['I5', 'nobody told', (w) => w.notifications.pop(), 'nobody was told'],
  ['I5', 'two parcels', (w) => w.parcels.push({ id: 'parcel-2', cancelled: false }), 'parcel-2 for no order'],
  [
    'I5',
    'a shipment of a cancelled order',
    (w) => (the(w.shipments, ({ orderId }) => orderId === CANCELLED).state = 'ARRANGED'),
    'is CANCELLED, its shipments are ARRANGED',
  ],
  ['I5', 'a parcel that the carrier has not', (w) => (the(w.parcels).cancelled = true), 'the carrier has none'],
  [
    'I5',
    'one event id twice',
    (w) => w.outbox.push({ ...the(w.outbox), aggregate: 'payment payment-3', sequence: 1 }),
    'in the outbox 2 times',
  ],
  [
    'I5',
    'a snapshot that is not what the events make',
    (w) => w.orderCopies.push({ orderId: 'order-1', what: 'snapshot', kept: '1', folded: '2' }),
    'the snapshot of order order-1 is 1, its events make it 2',
  ],
  ['I5', 'a first event that was dropped', (w) => w.outbox.shift(), 'reservation order-1 are delivered as 2'],
  ['I5', 'events in another order', (w) => w.outbox.reverse(), 'reservation order-1 are delivered as 2 1'],
  [
    'I5',
    'a last event that was dropped',
    (w) => w.outbox.splice(w.outbox.indexOf(the(w.outbox, ({ type }) => type === 'order.cancelled')), 1),
    'told order.placed, order.cancelling instead of order.placed, order.cancelling, order.cancelled',
  ],
  [
    'I5',
    'stock committed and not told',
    (w) => w.outbox.splice(w.outbox.indexOf(the(w.outbox, ({ type }) => type === 'reservation.committed')), 1),
    'reservation order-1 is COMMITTED, its events are reservation.held',
  ],
  [
    'I5',
    'a capture not told',
    (w) => w.outbox.splice(w.outbox.indexOf(the(w.outbox, ({ type }) => type === 'payment.captured')), 1),
    'payment payment-1 took 2000 and told it 0 times',
  ],
  ['I5', 'points not told', (w) => w.outbox.pop(), 'balance user-1 told nothing instead of points.awarded'],
  [
    'I5',
    'a step of which nobody knows the end',
    (w) => {
      const refused = the(w.sagaEntries, ({ kind }) => kind === 'ATTEMPT_REFUSED');
      w.sagaEntries.splice(w.sagaEntries.indexOf(refused), 1);
    },
    'its step arrange was never undone (ATTEMPT_STARTED)',
  ],
  [
    'I6',
    'an acknowledged order that is gone',
    (w) => w.orders.splice(0, 1),
    `order ${ORDER} was acknowledged and does not exist`,
  ],
];

describe('worldBreaches', () => {
  it('finds nothing in a world without a breach', () => {
    expect(planted(() => undefined)).toEqual([]);
  });

  it.each(PLANTED)('finds a breach of %s: %s', (invariant, _what, plant, says) => {
    const found = planted(plant).filter((breach) => breach.startsWith(`${invariant}:`));
    expect(found.join('\n')).toContain(says);
  });

  it('lets mails come again where their sender was killed', () => {
    const world = goodWorld();
    const twice = { ...world, mails: [...world.mails, ...world.mails] };
    expect(worldBreaches(twice, { orderIds: [], mailsMayRepeat: true })).toEqual([]);
  });

  it('wants the orders parked that are expected to be', () => {
    const world = goodWorld();
    const parked = new Set([CANCELLED]);
    expect(worldBreaches(world, { orderIds: [], parked }).join()).toContain(`order ${CANCELLED} should be parked`);
    const waiting: World = {
      ...world,
      orders: world.orders.map((one) =>
        one.id === CANCELLED ? { ...one, state: 'CANCELLING', activeSagas: 1, lastPosition: 2 } : one,
      ),
      orderEvents: world.orderEvents.filter(({ position }) => position < 3),
      outbox: world.outbox.filter(({ type }) => type !== 'order.cancelled'),
      sagas: world.sagas.map((saga) => (saga.orderId === CANCELLED ? { ...saga, state: 'PARKED' } : saga)),
      sagaEntries: world.sagaEntries.filter(({ sagaId, kind }) => sagaId !== 'saga-2' || kind !== 'FINISHED'),
    };
    expect(worldBreaches(waiting, { orderIds: [], parked })).toEqual([]);
  });
});
