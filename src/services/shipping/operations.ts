import type { Clock } from '../../chassis/core/index.ts';
import { createOperations, refusalOf, type Facts, type Operations } from '../../chassis/outbound/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import { shipmentJson } from './answer.ts';
import type { CarrierClient } from './carrier-client.ts';
import { totalWeightGrams, transition, type ShipmentId } from './domain.ts';
import { amendmentOutcome, arrangementOutcome, cancellationOutcome, type Outcome } from './outcomes.ts';
import type { ShipmentRepository } from './repository.ts';
import type { Operation, StoredShipment } from './rows.ts';
import { shipmentMessage } from './wire.ts';

/** What operations are settled with. */
export interface OperationsOptions {
  readonly database: Database;
  readonly shipments: ShipmentRepository;
  readonly carrier: CarrierClient;
  readonly clock: Clock;
  /** Told of every shipment that changed, once that is committed. */
  readonly changed: (shipment: StoredShipment) => void;
}

/** What the carrier is asked to do with shipments. */
export type ShipmentOperations = Operations<Operation>;

/** Binds operations to their store and the carrier. UNAVAILABLE is CARRIER_UNAVAILABLE here. */
export function createShipmentOperations(options: OperationsOptions): ShipmentOperations {
  const { database, shipments, carrier, clock, changed } = options;

  /** The arrangement to undo may still be on its way: what became of it has to be known first. */
  async function first({ kind, shipmentId }: Operation): Promise<string | undefined> {
    if (kind !== 'CANCEL') return undefined;
    return (await shipments.pendingOperation(database, shipmentId, 'ARRANGE'))?.id;
  }

  async function ask(operation: Operation, { subject: shipment }: Facts<StoredShipment>): Promise<Outcome> {
    const { key, kind } = operation;
    const { orderId, address, items, serviceLevel, carrierReference } = shipment;
    if (kind === 'ARRANGE') {
      const parcel = { key, reference: orderId, serviceLevel, weightGrams: totalWeightGrams(items), address };
      return arrangementOutcome(await carrier.arrange(parcel), now());
    }
    if (kind === 'AMEND') {
      const weightGrams = totalWeightGrams(operation.items);
      const answer = await carrier.amend({ key, carrierReference, weightGrams });
      const news = answer.type === 'amended' ? [] : await newsOf(shipment);
      return amendmentOutcome(answer, { items: operation.items, news, now: now() });
    }
    const answer = await carrier.cancel({ key, carrierReference });
    const news = answer.type === 'too-late' ? await newsOf(shipment) : [];
    return cancellationOutcome(answer, { news, now: now() });
  }

  const newsOf = (shipment: StoredShipment) => carrier.newsAfter(shipment.carrierReference, shipment.carrierSequence);

  async function record(tx: Queryable, operation: Operation, before: StoredShipment, outcome: Outcome) {
    const after = await shipments.save(tx, transition(before, outcome.happening));
    const refusal = outcome.refusal(after);
    const settled =
      refusal === undefined ? succeeded(operation, after) : refused(operation, { refusal: refusalOf(refusal) });
    await shipments.settleOperation(tx, operation.id, settled);
    if (after.state === 'CANCELLED' && operation.kind === 'ARRANGE') await endCancellation(tx, after);
    return { operation: settled, subject: after };
  }

  /** The carrier refused the parcel while a cancellation waited: that has nothing left to ask the carrier. */
  async function endCancellation(tx: Queryable, shipment: StoredShipment): Promise<void> {
    const waiting = await shipments.pendingOperation(tx, shipment.id, 'CANCEL');
    if (waiting !== undefined) await shipments.settleOperation(tx, waiting.id, succeeded(waiting, shipment));
  }

  async function shipmentOf(id: ShipmentId): Promise<StoredShipment> {
    const shipment = await shipments.get(database, id);
    if (shipment === undefined) throw new Error(`there is no shipment ${id}`);
    return shipment;
  }

  const now = () => new Date(clock.now());

  return createOperations<Operation, StoredShipment, Outcome>({
    database,
    job: 'shipping',
    get: (on, id) => shipments.getOperation(on, id),
    first,
    facts: async ({ shipmentId }) => ({ subject: await shipmentOf(shipmentId) }),
    ask,
    lock: (tx, { shipmentId }) => shipments.lock(tx, shipmentId),
    record: (tx, { operation, subject, outcome }) => record(tx, operation, subject, outcome),
    recorded: changed,
  });
}

function succeeded(operation: Operation, shipment: StoredShipment) {
  return { ...operation, state: 'SUCCEEDED', answer: { ok: shipmentJson(shipmentMessage(shipment)) } } as const;
}

function refused(operation: Operation, answer: object) {
  return { ...operation, state: 'REFUSED', answer } as const;
}
