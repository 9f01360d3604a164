import type { TrackShipmentsResponse } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { AppError, type Principal } from '../../chassis/core/index.ts';
import { assertMayAct } from '../../chassis/security/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import { isFinal, parseShipmentId, type ShipmentId } from './domain.ts';
import { positionUnknown, shipmentNotFound, tooManySubscriptions } from './refusals.ts';
import type { ShipmentRepository } from './repository.ts';
import type { StoredShipment } from './rows.ts';
import type { ShipmentBell } from './shipment-bell.ts';
import { eventMessage, shipmentMessage } from './wire.ts';

/** What a stream's subscriptions are made of. */
export interface SubscriptionsOptions {
  readonly database: Database;
  readonly shipments: ShipmentRepository;
  readonly bell: ShipmentBell;
  /** Who asks; undefined: a caller inside the suite. */
  readonly principal: Principal | undefined;
  /** Called when there may be something to deliver. */
  readonly onNews: () => void;
}

/** The subscriptions of one stream, and what is to be sent for them. Messages are made one by one, as they are taken. */
export interface Subscriptions {
  readonly size: number;
  /** Makes a subscription, or moves one that stands to another position, or refuses and leaves all as it was. */
  subscribe(shipmentId: string, afterPosition: bigint): AsyncIterable<TrackShipmentsResponse>;
  unsubscribe(shipmentId: string): Iterable<TrackShipmentsResponse>;
  /** Some events of the shipment that waits longest; undefined: none waits. */
  deliver(): AsyncIterable<TrackShipmentsResponse> | undefined;
  /** Ends them all; nobody is told. */
  close(): void;
}

/** How many one stream may have; the contract's number. */
const MAX_SUBSCRIPTIONS = 1_000;

/** How many events of one shipment are sent before the others' turn. */
const BATCH = 100;

/** Starts without any. */
export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { database, shipments, bell, principal, onNews } = options;
  /** The last position sent, by shipment. */
  const positions = new Map<ShipmentId, bigint>();
  const unfollow = new Map<ShipmentId, () => void>();
  /** Those that may have something to send. */
  const due = new Set<ShipmentId>();

  function follow(id: ShipmentId): void {
    if (unfollow.has(id)) return;
    const stop = bell.follow(id, () => {
      due.add(id);
      onNews();
    });
    unfollow.set(id, stop);
  }

  function forget(id: ShipmentId): void {
    unfollow.get(id)?.();
    unfollow.delete(id);
    positions.delete(id);
    due.delete(id);
  }

  /** Throws AppError with the reason of the refusal. */
  function accepted(id: ShipmentId, shipment: StoredShipment | undefined, after: bigint): StoredShipment {
    if (shipment === undefined) throw shipmentNotFound(id);
    assertMayAct(principal, shipment.userId);
    if (after > shipment.lastPosition) throw positionUnknown(shipment);
    return shipment;
  }

  async function* subscribe(shipmentId: string, after: bigint): AsyncIterable<TrackShipmentsResponse> {
    const id = parseShipmentId(shipmentId);
    if (!positions.has(id) && positions.size >= MAX_SUBSCRIPTIONS) {
      yield refused(id, tooManySubscriptions(MAX_SUBSCRIPTIONS));
      return;
    }
    follow(id);
    const found = await shipments.get(database, id);
    let shipment;
    try {
      shipment = accepted(id, found, after);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (!positions.has(id)) forget(id);
      yield refused(id, error);
      return;
    }
    positions.set(id, after);
    due.add(id);
    yield { update: { $case: 'subscribed', value: { shipment: shipmentMessage(shipment) } } };
    if (isFinal(shipment.state) && after === shipment.lastPosition) yield ended(id, true);
  }

  async function* send(id: ShipmentId, after: bigint): AsyncIterable<TrackShipmentsResponse> {
    const events = await shipments.eventsAfter(database, id, after, BATCH);
    if (events.length === BATCH) due.add(id);
    for (const event of events) {
      yield { update: { $case: 'event', value: eventMessage(event) } };
      positions.set(id, event.position);
      if (isFinal(event.state)) yield ended(id, true);
    }
  }

  function ended(id: ShipmentId, finished: boolean): TrackShipmentsResponse {
    forget(id);
    return { update: { $case: 'unsubscribed', value: { shipmentId: id, finished } } };
  }

  return {
    get size() {
      return positions.size;
    },
    subscribe,
    *unsubscribe(shipmentId) {
      const id = parseShipmentId(shipmentId);
      if (positions.has(id)) yield ended(id, false);
    },
    deliver() {
      for (const id of due) {
        due.delete(id); // before it is read: news that comes meanwhile makes it due again
        const after = positions.get(id);
        if (after !== undefined) return send(id, after);
      }
      return undefined;
    },
    close() {
      for (const stop of unfollow.values()) stop();
      unfollow.clear();
      positions.clear();
      due.clear();
    },
  };
}

function refused(shipmentId: ShipmentId, { reason, message }: AppError): TrackShipmentsResponse {
  return { update: { $case: 'refused', value: { shipmentId, reason, message } } };
}
