import { ORDER_AGGREGATE } from '../../../src/services/order/order-aggregate.ts';
import type { Order } from '../../../src/services/order/domain.ts';
import type { Databases } from './databases.ts';
import { groupBy } from './group.ts';
import type { World, WorldOrderCopy } from './world.ts';

interface EventRow {
  readonly streamId: string;
  readonly version: number;
  readonly data: unknown;
  readonly time: Date;
}

interface StreamRow {
  readonly id: string;
  readonly version: number;
  readonly snapshot: unknown;
  readonly snapshotVersion: number | null;
}

/** The orders, folded here from all of their events, and what the order process keeps of them beside those. */
export async function readOrders(databases: Databases): Promise<Pick<World, 'orders' | 'orderEvents' | 'orderCopies'>> {
  const rows = await databases.rows<EventRow>(
    'order',
    `SELECT stream_id AS "streamId", version, data, event_time AS time FROM stream_event ORDER BY stream_id, version`,
  );
  const streams = await databases.rows<StreamRow>(
    'order',
    'SELECT id, version, snapshot, snapshot_version AS "snapshotVersion" FROM event_stream',
  );
  const listed = await databases.rows<{ readonly id: string; readonly body: unknown }>(
    'order',
    `SELECT id, body FROM listed_order
     WHERE generation = (SELECT generation FROM read_model WHERE name = 'orders' AND state = 'SERVING')`,
  );
  const eventsOf = groupBy(rows, ({ streamId }) => streamId);
  const folded = new Map([...eventsOf].map(([id, events]) => [id, fold(events)]));
  return {
    orders: [...folded.values()].map(toWorldOrder),
    orderEvents: rows.map(({ streamId, version, data, time }) => {
      const place = { version: BigInt(version), time };
      const { kind, state, settled } = ORDER_AGGREGATE.events.fromJson(data, place);
      return { orderId: streamId, position: version, kind, state, settled };
    }),
    orderCopies: [
      ...streams.map(({ id, version }) => copy(id, 'version', version, eventsOf.get(id)?.length)),
      ...streams.flatMap(({ id, snapshot, snapshotVersion }) =>
        snapshotVersion === null
          ? []
          : [copy(id, 'snapshot', snapshot, json(fold((eventsOf.get(id) ?? []).slice(0, snapshotVersion))))],
      ),
      ...listed.map(({ id, body }) => copy(id, 'listed order', body, json(folded.get(id)))),
      ...[...folded.keys()]
        .filter((id) => !listed.some((one) => one.id === id))
        .map((id) => copy(id, 'listed order', null, 'an order')),
    ],
  };
}

function fold(events: readonly EventRow[]): Order {
  let order: Order | undefined;
  for (const { version, data, time } of events) {
    const place = { version: BigInt(version), time };
    order = ORDER_AGGREGATE.evolve(order, ORDER_AGGREGATE.events.fromJson(data, place), place);
  }
  if (order === undefined) throw new Error('an order without an event');
  return order;
}

function json(order: Order | undefined): unknown {
  return order && JSON.parse(JSON.stringify(ORDER_AGGREGATE.snapshots.toJson(order)));
}

function copy(orderId: string, what: WorldOrderCopy['what'], kept: unknown, folded: unknown): WorldOrderCopy {
  return { orderId, what, kept: sorted(kept), folded: sorted(folded) };
}

/** The same text for the same JSON, whatever the order of its fields. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(byName))
      : part,
  );
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

function toWorldOrder(order: Order): World['orders'][number] {
  const removed = new Map(order.reduction?.lines.map(({ productId, quantity }) => [productId, quantity]));
  const lines = order.lines.map((line) => ({ ...line, quantity: line.quantity - (removed.get(line.productId) ?? 0) }));
  const currency = order.total.currencyCode;
  return {
    ...{ id: order.id, userId: order.userId, state: order.state, currency },
    lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
    // Worked out from the pieces, not read from what the order says it costs: the two must agree, or I2 tells.
    due: lines.reduce(
      (sum, { quantity, unitPrice: { units, nanos } }) => sum + quantity * minorUnits(currency, Number(units), nanos),
      0,
    ),
    pointsAwarded: Number(order.pointsAwarded),
    activeSagas: order.activeSagas,
    lastPosition: Number(order.lastPosition),
  };
}

/** By the currency's own smallest unit, as the platform knows it. */
function minorUnits(currency: string, units: number, nanos: number): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return units * 10 ** digits + nanos / 10 ** (9 - digits);
}
