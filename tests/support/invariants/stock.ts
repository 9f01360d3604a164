import { groupBy, sumOf } from './group.ts';
import type { Breach, World, WorldLine, WorldReservation, WorldStock, WorldStockChange } from './world.ts';

/** What I1 looks at. */
export type StockWorld = Pick<World, 'stock' | 'stockChanges' | 'isStockLogTrimmed' | 'reservations' | 'orders'>;

type Quantities = Omit<WorldStock, 'productId'>;

/**
 * By how much each quantity rises for one piece. Written down here a second time on purpose: a check that read the
 * service's own table would agree with whatever is wrong in it.
 */
const MOVES: Readonly<Record<string, Quantities>> = {
  CREATED: { available: 1, reserved: 0, sold: 0, received: 1 },
  ADJUSTED: { available: 1, reserved: 0, sold: 0, received: 1 },
  RESERVED: { available: -1, reserved: 1, sold: 0, received: 0 },
  COMMITTED: { available: 0, reserved: -1, sold: 1, received: 0 },
  RELEASED: { available: 1, reserved: -1, sold: 0, received: 0 },
  EXPIRED: { available: 1, reserved: -1, sold: 0, received: 0 },
  RETURNED: { available: 1, reserved: 0, sold: -1, received: 0 },
  COMMITTED_LATE: { available: -1, reserved: 0, sold: 1, received: 0 },
};

const NOTHING: Quantities = { available: 0, reserved: 0, sold: 0, received: 0 };

/**
 * I1, no oversell: nothing is below zero, available + reserved + sold = received, the log of changes adds up to the stock,
 * reservations to what is reserved and sold, and each order's reservation went the way of the order. `received` is what a
 * test put on the shelves, by product: a witness of its own.
 */
export function stockBreaches(world: StockWorld, received: ReadonlyMap<string, number> = new Map()): readonly Breach[] {
  const changes = groupBy(world.stockChanges, ({ productId }) => productId);
  const wanted = heldAndSold(world.reservations);
  return [
    ...world.stock.flatMap((stock) => [
      ...shelfBreaches(stock, received.get(stock.productId)),
      ...logBreaches(stock, changes.get(stock.productId) ?? [], world.isStockLogTrimmed),
      ...reservedBreaches(stock, wanted.get(stock.productId)),
    ]),
    ...(world.isStockLogTrimmed ? [] : world.reservations.flatMap(movedBreaches(world.stockChanges))),
    ...orderBreaches(world),
  ];
}

function shelfBreaches(stock: WorldStock, given: number | undefined): readonly Breach[] {
  const { productId, available, reserved, sold, received } = stock;
  const found: Breach[] = [];
  if (Math.min(available, reserved, sold) < 0) found.push(`I1: product ${productId} is below zero: ${text(stock)}`);
  if (available + reserved + sold !== received) found.push(`I1: product ${productId} does not add up: ${text(stock)}`);
  if (given !== undefined && given !== received) {
    found.push(`I1: product ${productId} has received ${received}, it was given ${given}`);
  }
  return found;
}

/** Each change leads from the stock before it to the stock after it, and the last one to the stock there is. */
function logBreaches(stock: WorldStock, changes: readonly WorldStockChange[], isTrimmed: boolean): readonly Breach[] {
  const { productId } = stock;
  const found: Breach[] = [];
  let before: Quantities | undefined = isTrimmed ? undefined : NOTHING;
  for (const change of changes) {
    const move = MOVES[change.kind];
    if (move === undefined) return [`I1: product ${productId} has a change of unknown kind ${change.kind}`];
    const after = before === undefined ? change : plus(before, move, change.quantity);
    if (!isSame(after, change)) {
      const { position, kind, quantity } = change;
      found.push(
        `I1: product ${productId}, change ${position} (${kind} ${quantity}): ${text(change)} instead of ${text(after)}`,
      );
    }
    before = change;
  }
  if (before === undefined || !isSame(before, stock)) {
    found.push(`I1: product ${productId} is ${text(stock)}, its last change says ${before ? text(before) : 'nothing'}`);
  }
  return found;
}

function reservedBreaches(stock: WorldStock, wanted = { held: 0, sold: 0 }): readonly Breach[] {
  const { productId, reserved, sold } = stock;
  const found: Breach[] = [];
  if (reserved !== wanted.held) {
    found.push(`I1: product ${productId} has ${reserved} reserved, ${wanted.held} in reservations that are held`);
  }
  if (sold !== wanted.sold) {
    found.push(`I1: product ${productId} has ${sold} sold, ${wanted.sold} in reservations that are committed`);
  }
  return found;
}

/** What the log moved under a reservation is what its state says: given back twice, say, it is not. */
function movedBreaches(changes: readonly WorldStockChange[]) {
  const byReservation = groupBy(changes, ({ reservationId }) => reservationId);
  return ({ id, state, lines }: WorldReservation): readonly Breach[] => {
    const byProduct = groupBy(byReservation.get(id) ?? [], ({ productId }) => productId);
    const quantityOf = new Map(lines.map(({ productId, quantity }) => [productId, quantity]));
    return [...new Set([...quantityOf.keys(), ...byProduct.keys()])].flatMap((productId) => {
      const quantity = quantityOf.get(productId) ?? 0; // all of it was returned
      const moved = byProduct.get(productId) ?? [];
      const reserved = sumOf(moved, (change) => (MOVES[change.kind] ?? NOTHING).reserved * change.quantity);
      const sold = sumOf(moved, (change) => (MOVES[change.kind] ?? NOTHING).sold * change.quantity);
      const [held, kept] = [state === 'HELD' ? quantity : 0, state === 'COMMITTED' ? quantity : 0];
      if (reserved === held && sold === kept) return [];
      const log = moved.map((change) => `${change.kind} ${change.quantity}`).join(', ');
      return [`I1: reservation ${id} is ${state} with ${quantity} of product ${productId}, its changes are ${log}`];
    });
  };
}

/** A confirmed order's reservation is committed with the order's lines; a cancelled order's holds nothing. */
function orderBreaches({ orders, reservations }: StockWorld): readonly Breach[] {
  const byId = new Map(reservations.map((reservation) => [reservation.id, reservation]));
  return orders.flatMap((order) => {
    const reservation = byId.get(order.id);
    const state = reservation?.state ?? 'missing';
    if (order.state === 'CONFIRMED') {
      if (reservation === undefined || state !== 'COMMITTED') {
        return [`I1: order ${order.id} is CONFIRMED, its reservation is ${state}`];
      }
      const [sold, ordered] = [quantities(reservation.lines), quantities(order.lines)];
      return sold === ordered ? [] : [`I1: order ${order.id} has the lines ${ordered}, its reservation ${sold}`];
    }
    const isKept = state === 'HELD' || state === 'COMMITTED';
    return order.state === 'CANCELLED' && isKept
      ? [`I1: order ${order.id} is CANCELLED, its reservation is ${state}`]
      : [];
  });
}

function heldAndSold(reservations: readonly WorldReservation[]) {
  const wanted = new Map<string, { held: number; sold: number }>();
  for (const { state, lines } of reservations) {
    for (const { productId, quantity } of lines) {
      const sum = wanted.get(productId) ?? { held: 0, sold: 0 };
      if (state === 'HELD') sum.held += quantity;
      if (state === 'COMMITTED') sum.sold += quantity;
      wanted.set(productId, sum);
    }
  }
  return wanted;
}

function plus(before: Quantities, move: Quantities, quantity: number): Quantities {
  return {
    available: before.available + move.available * quantity,
    reserved: before.reserved + move.reserved * quantity,
    sold: before.sold + move.sold * quantity,
    received: before.received + move.received * quantity,
  };
}

function isSame(left: Quantities, right: Quantities): boolean {
  return text(left) === text(right);
}

function text({ available, reserved, sold, received }: Quantities): string {
  return `${available} available + ${reserved} reserved + ${sold} sold of ${received}`;
}

function quantities(lines: readonly WorldLine[]): string {
  return lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ productId, quantity }) => `${quantity} x ${productId}`)
    .sort()
    .join(', ');
}
