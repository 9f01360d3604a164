import { groupBy, sumOf } from './group.ts';
import type { Breach, World, WorldOrder } from './world.ts';

/** I5 for orders: the events of each are counted from 1 without a gap, up to what the order says. */
export function positionBreaches({ orders, orderEvents }: Pick<World, 'orders' | 'orderEvents'>): readonly Breach[] {
  const eventsOf = groupBy(orderEvents, ({ orderId }) => orderId);
  return orders.flatMap((order) => {
    const positions = (eventsOf.get(order.id) ?? []).map(({ position }) => position);
    const isGapless = positions.every((position, index) => position === index + 1);
    return isGapless && positions.length === order.lastPosition
      ? []
      : [`I5: order ${order.id} has the events ${positions.join(' ')}, the last should be ${order.lastPosition}`];
  });
}

/**
 * I5 for points: an order is rewarded at most once, a confirmed one with what it says, a cancelled one keeps nothing; every
 * entry follows on the one before it, and the last is the balance.
 */
export function pointsBreaches({
  orders,
  points,
  balances,
}: Pick<World, 'orders' | 'points' | 'balances'>): readonly Breach[] {
  const ofOrder = groupBy(points, ({ orderId }) => orderId);
  const ofUser = groupBy(points, ({ userId }) => userId);
  return [
    ...orders.flatMap((order) => {
      const entries = ofOrder.get(order.id) ?? [];
      const awards = entries.filter(({ kind }) => kind === 'AWARD').length;
      const left = sumOf(entries, (entry) => entry.points);
      const due = order.state === 'CONFIRMED' ? order.pointsAwarded : 0;
      return [
        ...(awards > 1 ? [`I5: order ${order.id} was rewarded ${awards} times`] : []),
        ...(isOver(order) && left !== due ? [`I5: order ${order.id} has ${left} points instead of ${due}`] : []),
      ];
    }),
    ...balances.flatMap((balance) => {
      const entries = ofUser.get(balance.userId) ?? [];
      let stands = 0;
      const broken = entries.find((entry) => {
        stands += entry.points;
        return entry.balanceAfter !== stands;
      });
      if (broken !== undefined) {
        return [`I5: user ${balance.userId}: ${broken.balanceAfter} points after an entry that makes it ${stands}`];
      }
      return stands === balance.points ? [] : [`I5: user ${balance.userId} has ${balance.points} of ${stands} points`];
    }),
  ];
}

/** What sagas have sent; all else follows events, and may be under way at any time: parcels move for as long as the suite runs. */
const OF_SAGAS: ReadonlySet<string> = new Set(['order-confirmed', 'order-cancelled', 'order-lines-cancelled']);

/**
 * I5 for messages: one per order, template and channel, of a partial cancellation one each; a confirmed order's customer was written to; and the mail server
 * has each mail once. `mailsMayRepeat` where a sender was killed between handing a mail over and writing that down: SMTP
 * has no way to know, so that one comes again, under its Message-ID.
 */
export function messageBreaches(
  { orders, sagas, notifications, mails }: Pick<World, 'orders' | 'sagas' | 'notifications' | 'mails'>,
  { mailsMayRepeat = false }: { readonly mailsMayRepeat?: boolean } = {},
): readonly Breach[] {
  const ofOrders = notifications.filter(({ orderId }) => orderId !== undefined);
  const named = groupBy(ofOrders, ({ orderId, template, channel }) => `${orderId ?? ''} ${template} ${channel}`);
  const copies = groupBy(mails, ({ notificationId }) => notificationId);
  const partsOf = groupBy(
    sagas.filter(({ name }) => name === 'partial-cancellation'),
    ({ orderId }) => orderId,
  );
  const found: Breach[] = [];
  for (const [name, same] of named) {
    const isOfPart = same[0]?.template === 'order-lines-cancelled';
    const limit = isOfPart ? (partsOf.get(same[0]?.orderId ?? '')?.length ?? 0) : 1;
    if (same.length > limit) found.push(`I5: ${same.length} messages for order ${name}`);
  }
  for (const order of orders) {
    if (order.state === 'CONFIRMED' && order.activeSagas === 0 && !named.has(`${order.id} order-confirmed EMAIL`)) {
      found.push(`I5: order ${order.id} is CONFIRMED and nobody was told`);
    }
  }
  for (const { id, orderId, channel, template, state } of notifications) {
    if (channel !== 'EMAIL') continue;
    const count = copies.get(id)?.length ?? 0;
    const of = `notification ${id} of order ${orderId ?? 'none'}`;
    if (count > 1 && !mailsMayRepeat) found.push(`I5: ${of} arrived ${count} times`);
    if (!OF_SAGAS.has(template)) continue;
    if (state === 'QUEUED' || state === 'SENDING') found.push(`I5: ${of} is still ${state}`);
    if ((state === 'SENT' || state === 'DELIVERED') && count === 0)
      found.push(`I5: ${of} is ${state}, no mail arrived`);
  }
  return found;
}

const DEAD: ReadonlySet<string> = new Set(['REFUSED', 'CANCELLED']);

/** I5 for parcels: a confirmed order has one under way, a cancelled one none; and the carrier's own record agrees. */
export function parcelBreaches({
  orders,
  shipments,
  parcels,
}: Pick<World, 'orders' | 'shipments' | 'parcels'>): readonly Breach[] {
  const alive = shipments.filter(({ state }) => !DEAD.has(state));
  const ofOrder = groupBy(alive, ({ orderId }) => orderId);
  const wanted = new Set(alive.map(({ parcelId }) => parcelId));
  const carried = new Set(parcels.filter(({ cancelled }) => !cancelled).map(({ id }) => id));
  if (!orders.every(isOver)) return []; // parcels are being arranged or called off; I3 says that
  return [
    ...orders.flatMap((order) => {
      const own = ofOrder.get(order.id) ?? [];
      const right = order.state === 'CONFIRMED' ? 1 : 0;
      const states = own.map(({ state }) => state).join(', ') || 'none';
      return own.length === right ? [] : [`I5: order ${order.id} is ${order.state}, its shipments are ${states}`];
    }),
    ...[...carried].filter((id) => !wanted.has(id)).map((id) => `I5: the carrier has the parcel ${id} for no order`),
    ...alive
      .filter(({ parcelId }) => !carried.has(parcelId))
      .map(({ orderId, parcelId }) => `I5: order ${orderId} waits for the parcel "${parcelId}", the carrier has none`),
  ];
}

function isOver({ state }: WorldOrder): boolean {
  return state === 'CONFIRMED' || state === 'CANCELLED';
}
