import { groupBy } from './group.ts';
import type { Breach, OutboxRow, World } from './world.ts';

/** What the part of I5 that is about outboxes looks at. */
export type OutboxWorld = Pick<World, 'outbox' | 'orders' | 'orderEvents' | 'reservations' | 'payments' | 'points'>;

/**
 * I5 for outboxes, one committed change, one event id: no id twice; the events of one aggregate are counted from 1 without
 * a gap, in the order in which they are delivered; and what was done is what was told, no more and no less.
 */
export function outboxBreaches(world: OutboxWorld): readonly Breach[] {
  if (world.outbox.length === 0) return []; // nobody here has one
  const events = groupBy(world.outbox, ({ aggregate }) => aggregate);
  const typesOf = (aggregate: string) => (events.get(aggregate) ?? []).map(({ type }) => type);
  return [
    ...idBreaches(world.outbox),
    ...[...events].flatMap(([aggregate, told]) => sequenceBreaches(aggregate, told)),
    ...orderBreaches(world, typesOf),
    ...reservationBreaches(world, typesOf),
    ...paymentBreaches(world, typesOf),
    ...pointsBreaches(world, typesOf),
  ];
}

type TypesOf = (aggregate: string) => readonly string[];

function idBreaches(outbox: readonly OutboxRow[]): readonly Breach[] {
  return [...groupBy(outbox, ({ eventId }) => eventId)]
    .filter(([, same]) => same.length > 1)
    .map(([id, same]) => `I5: event ${id} is in the outbox ${same.length} times`);
}

function sequenceBreaches(aggregate: string, told: readonly OutboxRow[]): readonly Breach[] {
  const sequences = told.map(({ sequence }) => sequence);
  return sequences.every((sequence, index) => sequence === index + 1)
    ? []
    : [`I5: the events of ${aggregate} are delivered as ${sequences.join(' ')}`];
}

/** The events of an order that others hear of. */
function orderBreaches({ orders, orderEvents }: OutboxWorld, typesOf: TypesOf): readonly Breach[] {
  const eventsOf = groupBy(orderEvents, ({ orderId }) => orderId);
  return orders.flatMap(({ id }) => {
    const due = (eventsOf.get(id) ?? []).flatMap(({ kind, state }) => {
      if (kind === 'LINES_CANCELLED') return ['order.lines-cancelled'];
      if (kind !== 'STATE_CHANGED') return [];
      return [state === 'PENDING' ? 'order.placed' : `order.${state.toLowerCase()}`];
    });
    return differing(`order ${id}`, typesOf(`order ${id}`), due);
  });
}

/** Once held, and once whatever ended that; pieces may be returned several times. */
function reservationBreaches({ reservations }: OutboxWorld, typesOf: TypesOf): readonly Breach[] {
  const ends: Readonly<Record<string, string>> = {
    COMMITTED: 'reservation.committed',
    RELEASED: 'reservation.released',
    EXPIRED: 'reservation.expired',
  };
  return reservations.flatMap(({ id, state }) => {
    if (state === 'TOMBSTONED') return [];
    const told = typesOf(`reservation ${id}`);
    const due = ['reservation.held', ...(ends[state] === undefined ? [] : [ends[state]])];
    const isReturned = told.includes('reservation.returned') && state === 'RELEASED';
    const missing = due.filter((type) => told.filter((one) => one === type).length !== 1);
    return missing.length === 0 || isReturned
      ? []
      : [`I5: reservation ${id} is ${state}, its events are ${told.join(', ') || 'none'}`];
  });
}

function paymentBreaches({ payments }: OutboxWorld, typesOf: TypesOf): readonly Breach[] {
  return payments.flatMap(({ id, captured }) => {
    const told = typesOf(`payment ${id}`).filter((type) => type === 'payment.captured').length;
    return told === (captured > 0 ? 1 : 0) ? [] : [`I5: payment ${id} took ${captured} and told it ${told} times`];
  });
}

function pointsBreaches({ points }: OutboxWorld, typesOf: TypesOf): readonly Breach[] {
  return [...groupBy(points, ({ userId }) => userId)].flatMap(([userId, entries]) => {
    const due = entries.map(({ kind }) => (kind === 'AWARD' ? 'points.awarded' : 'points.revoked'));
    return differing(`balance ${userId}`, typesOf(`balance ${userId}`), due);
  });
}

function differing(aggregate: string, told: readonly string[], due: readonly string[]): readonly Breach[] {
  return String(told) === String(due)
    ? []
    : [`I5: ${aggregate} told ${told.join(', ') || 'nothing'} instead of ${due.join(', ')}`];
}
