import { currentCall, newId } from '../../../chassis/core/index.ts';
import { appendEvents, traceEvent, type NewEvent } from '../../../chassis/events/index.ts';
import type { Queryable, Statement } from '../../../chassis/store/index.ts';
import type { NewOrder, OrderId } from '../domain.ts';
import type { Checkout, CheckoutPhase } from './checkout.ts';
import { openedEvent, type OutgoingEvent } from './outgoing.ts';
import { loadCheckoutStatements } from './statements.ts';

/** A checkout as it is kept. */
export interface StoredCheckout extends Checkout {
  readonly orderId: OrderId;
  /** The sequence of its last event in the outbox. */
  readonly lastEvent: bigint;
  /** The trace of the call that placed the order. */
  readonly traceparent: string | undefined;
}

/** A checkout as a turn left it, and what it tells those who take part. */
export interface SavedTurn {
  readonly checkout: StoredCheckout;
  readonly event: OutgoingEvent | undefined;
}

/** The checkouts that events carry on. A checkout's row is locked before its order's, never after. */
export interface CheckoutStore {
  /** Opens the checkout of an order that is placed in the same transaction, and tells those who take part. */
  open(tx: Queryable, order: NewOrder): Promise<void>;
  /** The middle of the statement that places many orders and opens their checkouts for createParticipant: it takes what `draft` gives, beside the order. */
  readonly placeMany: Statement;
  draft(order: NewOrder): Readonly<Record<string, unknown>>;
  /** Those that there are, locked, in the order of their ids. */
  lock(tx: Queryable, orderIds: readonly string[]): Promise<ReadonlyMap<string, StoredCheckout>>;
  save(tx: Queryable, turns: readonly SavedTurn[]): Promise<void>;
  /** Locks those that have gathered for too long and that nobody is at. */
  late(tx: Queryable, limit: number): Promise<readonly string[]>;
  /** Those that are not over. */
  count(on: Queryable): Promise<{ readonly count: number; readonly oldestSeconds: number | undefined }>;
}

interface CheckoutRow {
  readonly order_id: string;
  readonly phase: CheckoutPhase;
  readonly heard: readonly string[];
  readonly told: number;
  readonly payment_id: string;
  readonly shipment_id: string;
  readonly points: bigint;
  readonly last_event: bigint;
  readonly trace_parent: string | null;
}

const AGGREGATE = 'checkout';

/** Binds the statements. `deadlineMs`: how long a checkout may gather. */
export function createCheckoutStore({ deadlineMs }: { readonly deadlineMs: number }): CheckoutStore {
  const statements = loadCheckoutStatements();
  return {
    async open(tx, order) {
      const trace = currentCall()?.trace?.traceparent ?? null;
      await tx.execute(statements['open-checkout'], [order.id, deadlineMs, trace]);
      await appendEvents(tx, [numbered(order.id, 1n, openedEvent(order))]);
    },
    placeMany: statements['place-orders'],
    draft(order) {
      const { type, payload } = openedEvent(order);
      const id = newId();
      const trace = traceEvent(id);
      trace.created({ type, aggregateType: AGGREGATE });
      return {
        ...{ deadline_ms: deadlineMs, trace_parent: currentCall()?.trace?.traceparent },
        ...{ opening: payload, opening_id: id, opening_trace_parent: trace.traceparent },
      };
    },
    async lock(tx, orderIds) {
      const rows = await tx.rows<CheckoutRow>(statements['lock-checkouts'], [orderIds]);
      return new Map(rows.map((row) => [row.order_id, toCheckout(row)]));
    },
    async save(tx, turns) {
      const rows = turns.map(({ checkout, event }) => toJson(checkout, event));
      await tx.execute(statements['save-checkouts'], [JSON.stringify(rows), rows.map((row) => row.order_id)]);
      const events = turns.flatMap(({ checkout: { orderId, lastEvent, traceparent: cause }, event }) =>
        event === undefined ? [] : [{ ...numbered(orderId, lastEvent + 1n, event), cause }],
      );
      await appendEvents(tx, events);
    },
    async late(tx, limit) {
      const rows = await tx.rows<{ readonly order_id: string }>(statements['late-checkouts'], [limit]);
      return rows.map((row) => row.order_id);
    },
    async count(on) {
      const row = await on.one<{ count: number; oldest_seconds: number | null }>(statements['count-checkouts']);
      return { count: row?.count ?? 0, oldestSeconds: row?.oldest_seconds ?? undefined };
    },
  };
}

function numbered(orderId: string, sequence: bigint, event: OutgoingEvent): NewEvent {
  return { aggregateType: AGGREGATE, aggregateId: orderId, sequence, ...event };
}

function toCheckout(row: CheckoutRow): StoredCheckout {
  const { phase, heard, told, points } = row;
  return {
    ...{ phase, heard, told, points },
    orderId: row.order_id as OrderId, // from the primary key
    paymentId: row.payment_id,
    shipmentId: row.shipment_id,
    lastEvent: row.last_event,
    traceparent: row.trace_parent ?? undefined,
  };
}

function toJson(checkout: StoredCheckout, event: OutgoingEvent | undefined) {
  const { orderId, phase, heard, told, paymentId, shipmentId, points, lastEvent } = checkout;
  return {
    ...{ order_id: orderId, phase, heard, told, payment_id: paymentId, shipment_id: shipmentId },
    points: String(points),
    last_event: String(lastEvent + (event === undefined ? 0n : 1n)),
  };
}
