import { groupBy } from './group.ts';
import type { Breach, World, WorldCheckout, WorldOrder, WorldOrderEvent, WorldSaga } from './world.ts';

/** What I3 looks at. */
export type OrderWorld = Pick<World, 'orders' | 'orderEvents' | 'sagas' | 'checkouts'>;

/** Which state may follow which. A cancellation that came too late leads back to CONFIRMED. */
const FOLLOWS: Readonly<Record<string, readonly WorldOrder['state'][]>> = {
  PENDING: ['CONFIRMED', 'CANCELLING'],
  CONFIRMED: ['CANCELLING'],
  CANCELLING: ['CANCELLED', 'CONFIRMED'],
  CANCELLED: [],
};

/**
 * I3, each order ends in exactly one terminal state: its state is terminal and its last event settled, it got there by
 * legal steps, and its sagas, or what moved it without one, are over with the same end. `parked` are the orders of which
 * something is expected to wait for an operator: those must, and may be unfinished.
 */
export function terminalBreaches(
  { orders, orderEvents, sagas, checkouts }: OrderWorld,
  parked: ReadonlySet<string> = new Set(),
): readonly Breach[] {
  const eventsOf = groupBy(orderEvents, ({ orderId }) => orderId);
  const sagasOf = groupBy(sagas, ({ orderId }) => orderId);
  const checkoutsOf = groupBy(checkouts, ({ orderId }) => orderId);
  return orders.flatMap((order) => {
    const events = eventsOf.get(order.id) ?? [];
    const own: Movers = { sagas: sagasOf.get(order.id) ?? [], checkouts: checkoutsOf.get(order.id) ?? [] };
    return [
      ...stepBreaches(order, events),
      ...(parked.has(order.id) ? parkedBreaches(order, own) : endBreaches(order, events, own)),
    ];
  });
}

/** I6: whatever was acknowledged is there. */
export function acknowledgedBreaches(
  { orders }: Pick<World, 'orders'>,
  acknowledged: readonly string[],
): readonly Breach[] {
  const known = new Set(orders.map(({ id }) => id));
  return acknowledged.filter((id) => !known.has(id)).map((id) => `I6: order ${id} was acknowledged and does not exist`);
}

function stepBreaches(order: WorldOrder, events: readonly WorldOrderEvent[]): readonly Breach[] {
  const states = events.filter(({ kind }) => kind === 'STATE_CHANGED').map(({ state }) => state);
  const found: Breach[] = [];
  if (states[0] !== 'PENDING') found.push(`I3: order ${order.id} began as ${states[0] ?? 'nothing'}`);
  for (const [index, state] of states.slice(1).entries()) {
    const before = states[index] ?? '';
    if (!FOLLOWS[before]?.includes(state)) found.push(`I3: order ${order.id} went from ${before} to ${state}`);
  }
  if (states.at(-1) !== order.state) {
    found.push(`I3: order ${order.id} is ${order.state}, its history says ${states.at(-1) ?? 'nothing'}`);
  }
  return found;
}

/** What moves one order, or moved it. */
interface Movers {
  readonly sagas: readonly WorldSaga[];
  readonly checkouts: readonly WorldCheckout[];
}

function parkedBreaches(order: WorldOrder, { sagas, checkouts }: Movers): readonly Breach[] {
  if (sagas.some(({ state }) => state === 'PARKED') || checkouts.some(({ parked }) => parked > 0)) return [];
  return [`I3: order ${order.id} should be parked, its sagas are ${list(sagas)}`];
}

function endBreaches(
  order: WorldOrder,
  events: readonly WorldOrderEvent[],
  { sagas, checkouts: withoutSaga }: Movers,
): readonly Breach[] {
  const found: Breach[] = [];
  if (order.state !== 'CONFIRMED' && order.state !== 'CANCELLED') {
    found.push(`I3: order ${order.id} is ${order.state}, its sagas are ${list(sagas)}`);
  }
  if (order.activeSagas !== 0) found.push(`I3: order ${order.id} counts ${order.activeSagas} sagas under way`);
  if (events.at(-1)?.settled !== true) found.push(`I3: the last event of order ${order.id} is not settled`);
  const open = sagas.filter(({ state }) => state !== 'COMPLETED' && state !== 'COMPENSATED');
  if (open.length > 0) found.push(`I3: order ${order.id} is ${order.state}, its sagas are ${list(sagas)}`);
  const count = sagas.filter(({ name }) => name === 'checkout').length + withoutSaga.length;
  const unfinished = withoutSaga.filter(({ phase }) => phase !== 'OVER');
  for (const { phase } of unfinished) found.push(`I3: order ${order.id} is ${order.state}, its checkout is ${phase}`);
  if (count !== 1) found.push(`I3: order ${order.id} has ${count} checkouts`);
  else if (open.length === 0 && unfinished.length === 0 && order.state !== endOf(sagas, withoutSaga)) {
    found.push(`I3: order ${order.id} is ${order.state}, its sagas ended ${list(sagas)}`);
  }
  return found;
}

function endOf(sagas: readonly WorldSaga[], withoutSaga: readonly WorldCheckout[]): WorldOrder['state'] {
  if (withoutSaga.some(({ isSold }) => !isSold)) return 'CANCELLED';
  const isCancelled = sagas.some(
    ({ name, state }) =>
      (name === 'checkout' && state === 'COMPENSATED') || (name === 'cancellation' && state === 'COMPLETED'),
  );
  return isCancelled ? 'CANCELLED' : 'CONFIRMED';
}

function list(sagas: readonly WorldSaga[]): string {
  return sagas.map(({ name, state }) => `${name} ${state}`).join(', ') || 'none';
}
