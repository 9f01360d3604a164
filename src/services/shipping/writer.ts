import type { Clock, NewId } from '../../chassis/core/index.ts';
import { traceEvent, type EventTrace } from '../../chassis/events/index.ts';
import type { PlanKey } from '../../chassis/outbound/index.ts';
import { createGroupCommit, uniqueViolation, type Database, type Queryable } from '../../chassis/store/index.ts';
import {
  isOnItsWay,
  type Address,
  type Item,
  type OrderId,
  type ServiceLevel,
  type ShipmentEvent,
  type Transition,
  type UserId,
} from './domain.ts';
import { publishedEvent, type PublishedEvent } from './events.ts';
import { orderName, requestName } from './names.ts';
import { carrierKey } from './repository.ts';
import { toShipment, type Operation, type SettledOperation, type ShipmentRow, type StoredShipment } from './rows.ts';
import { shippingStatements } from './statements.ts';

/** An arrangement to plan. */
export interface ArrangementPlan {
  readonly key: PlanKey;
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly address: Address;
  readonly items: readonly Item[];
  readonly serviceLevel: ServiceLevel;
}

/** What is written down now, and what it takes to ask the carrier. */
export interface Planned {
  readonly operation: Operation;
  readonly shipment: StoredShipment;
}

/** A change to record. */
export interface ShipmentChange {
  /** As it was before; nothing is recorded when it is not so any more. */
  readonly before: StoredShipment;
  readonly transition: Transition;
  /** The operations that end with it. */
  readonly settled: readonly SettledOperation[];
}

/** Writes shipments, and with them their history, their events, and when the tracker looks for more. */
export interface ShipmentWriter {
  /**
   * Plans it for many callers in one statement and one commit. Undefined where something stands in the way: nothing was
   * changed then, and whoever asked has to look under locks.
   */
  planArrangement(plan: ArrangementPlan): Promise<Planned | undefined>;
  /** Records it as planArrangement plans; the shipment as it is then. Undefined: the shipment is not as it was. */
  record(change: ShipmentChange): Promise<StoredShipment | undefined>;
  /** Records it in a transaction that has locked the shipment. */
  recordLocked(tx: Queryable, change: ShipmentChange): Promise<StoredShipment>;
}

/** What the writer is made of. */
export interface ShipmentWriterOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: NewId;
  /** When the reconciler takes up what has no outcome, in milliseconds. */
  readonly settleAfterMs: number;
  /** How long the tracker waits after a change, in milliseconds. */
  readonly trackIntervalMs: number;
}

interface Line {
  readonly section: 'arrangements' | 'changes';
  readonly json: Readonly<Record<string, unknown>>;
}

interface WrittenRow extends ShipmentRow {
  readonly ordinal: number;
}

const ARRANGE = '/tradewind.shipping.v1.ShippingService/ArrangeShipment';

/** Binds the writer to its statement. */
export function createShipmentWriter(options: ShipmentWriterOptions): ShipmentWriter {
  const { database, clock, newId, settleAfterMs, trackIntervalMs } = options;
  const sql = shippingStatements();

  async function write(on: Queryable, items: readonly Line[]): Promise<readonly (StoredShipment | undefined)[]> {
    const json = (wanted: Line['section']) =>
      JSON.stringify(
        items.flatMap(({ section, json: own }, ordinal) => (section === wanted ? [{ ordinal, ...own }] : [])),
      );
    const parameters = [json('arrangements'), json('changes'), ARRANGE, trackIntervalMs];
    const rows = await on.rows<WrittenRow>(sql['write-shipments'], parameters);
    const written = new Map(rows.map((row) => [row.ordinal, toShipment(row)]));
    return items.map((_item, ordinal) => written.get(ordinal));
  }

  const group = createGroupCommit<Line, StoredShipment | undefined>({
    job: 'write-shipments',
    clock,
    flushers: 1,
    run: (items) =>
      write(database, items).catch((error: unknown) => {
        // Somebody was first, after the statement had begun; who looks under locks finds out what they did.
        if (items.length === 1 && uniqueViolation(error) !== undefined) return [undefined];
        throw error;
      }),
  });

  return {
    async planArrangement({ key: { key: requestId, requestHash }, ...parcel }) {
      const id = newId();
      const key = carrierKey('ARRANGE', id);
      const json = {
        request_id: requestId,
        request_hash: requestHash.toString('hex'),
        names: [requestName(requestId), orderName(parcel.orderId)],
        shipment_id: newId(),
        operation_id: id,
        operation_key: key,
        order_id: parcel.orderId,
        user_id: parcel.userId,
        address: parcel.address,
        items: parcel.items,
        service_level: parcel.serviceLevel,
        settle_after_ms: settleAfterMs,
      };
      const shipment = await group.submit({ section: 'arrangements', json });
      if (shipment === undefined) return undefined;
      const operation: Operation = {
        ...{ id, key, shipmentId: shipment.id, kind: 'ARRANGE', state: 'PENDING' },
        ...{ items: [], answer: undefined },
      };
      return { operation, shipment };
    },
    async record(change) {
      const news = newsOf(change, newId);
      const shipment = await group.submit({ section: 'changes', json: changeJson(change, news) });
      if (shipment !== undefined) tellCreated(news);
      return shipment;
    },
    async recordLocked(tx, change) {
      const news = newsOf(change, newId);
      const [shipment] = await write(tx, [{ section: 'changes', json: changeJson(change, news) }]);
      if (shipment === undefined) throw new Error(`the shipment ${change.before.id} changed under its lock`);
      tellCreated(news);
      return shipment;
    },
  };
}

/** An event of a shipment, as the outbox will have it. */
interface News extends PublishedEvent {
  readonly event: ShipmentEvent;
  readonly id: string;
  readonly trace: EventTrace;
}

function newsOf({ before, transition: { shipment, events } }: ShipmentChange, newId: NewId): readonly News[] {
  return events.map((event) => {
    const id = newId();
    return { event, id, trace: traceEvent(id), ...publishedEvent(event, before, shipment) };
  });
}

function tellCreated(news: readonly News[]): void {
  for (const { type, trace } of news) trace.created({ type, aggregateType: 'shipment' });
}

function changeJson(
  { before, transition, settled }: ShipmentChange,
  news: readonly News[],
): Readonly<Record<string, unknown>> {
  const { shipment: after } = transition;
  return {
    shipment_id: before.id,
    version: String(before.version),
    state: after.state,
    carrier: after.carrier,
    carrier_reference: after.carrierReference,
    tracking_number: after.trackingNumber,
    refusal_code: after.refusalCode,
    estimated_delivery_time: after.estimatedDeliveryTime,
    last_position: String(after.lastPosition),
    carrier_sequence: String(after.carrierSequence),
    items: after.items === before.items ? undefined : after.items,
    tracked: isOnItsWay(after.state),
    events: news.map(({ event, id, trace, type, payload }) => ({
      position: String(event.position),
      state: event.state,
      description: event.description,
      location: event.location,
      occur_time: event.occurTime,
      event_id: id,
      trace_parent: trace.traceparent,
      ...{ type, payload },
    })),
    operations: settled.map(({ id, state, answer }) => ({ id, state, answer })),
  };
}
