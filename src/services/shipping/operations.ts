import type { Clock } from '../../chassis/core/index.ts';
import {
  createOperations,
  refusalOf,
  type Facts,
  type Operations,
  type Recording,
} from '../../chassis/outbound/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import { shipmentJson } from './answer.ts';
import type { CarrierClient } from './carrier-client.ts';
import { totalWeightGrams, transition, type ShipmentId } from './domain.ts';
import { amendmentOutcome, arrangementOutcome, cancellationOutcome, type Outcome } from './outcomes.ts';
import type { ShipmentRepository } from './repository.ts';
import type { Operation, SettledOperation, StoredShipment } from './rows.ts';
import { shipmentMessage } from './wire.ts';
import type { ShipmentWriter } from './writer.ts';

/** What operations are settled with. */
export interface OperationsOptions {
  readonly database: Database;
  readonly shipments: ShipmentRepository;
  readonly writer: ShipmentWriter;
  readonly carrier: CarrierClient;
  readonly clock: Clock;
  /** Told of every shipment that changed, once that is committed. */
  readonly changed: (shipment: StoredShipment) => void;
}

/** What the carrier is asked to do with shipments. */
export type ShipmentOperations = Operations<Operation, Facts<StoredShipment>>;

type ShipmentRecording = Recording<Operation, StoredShipment, Outcome>;

/** Binds operations to their store and the carrier. UNAVAILABLE is CARRIER_UNAVAILABLE here. */
export function createShipmentOperations(options: OperationsOptions): ShipmentOperations {
  const { database, shipments, writer, carrier, clock, changed } = options;

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

  /** Arrangements of shipments that nothing else happened to meanwhile: no cancellation waits. */
  async function recordPlainly({ operation, subject: before, outcome }: ShipmentRecording) {
    if (operation.kind !== 'ARRANGE' || before.state !== 'ARRANGING') return undefined;
    const step = transition(before, outcome.happening);
    const settled = [settledBy(operation, outcome, { ...before, ...step.shipment })];
    const subject = await writer.record({ before, transition: step, settled });
    // The same as the statement stored, with the time that it gave.
    return subject && { operation: settledBy(operation, outcome, subject), subject };
  }

  async function record(tx: Queryable, { operation, subject: before, outcome }: ShipmentRecording) {
    const step = transition(before, outcome.happening);
    const after = { ...before, ...step.shipment };
    const settled = [settledBy(operation, outcome, after)];
    if (after.state === 'CANCELLED' && operation.kind === 'ARRANGE') {
      // The carrier refused the parcel while a cancellation waited: that has nothing left to ask the carrier.
      const waiting = await shipments.pendingOperation(tx, after.id, 'CANCEL');
      if (waiting !== undefined) settled.push(succeeded(waiting, after));
    }
    const subject = await writer.recordLocked(tx, { before, transition: step, settled });
    return { operation: settledBy(operation, outcome, subject), subject };
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
    recordPlainly,
    record,
    recorded: changed,
  });
}

/** The operation with its outcome, and what its callers hear of the shipment as that left it. */
function settledBy(operation: Operation, outcome: Outcome, after: StoredShipment): SettledOperation {
  const refusal = outcome.refusal(after);
  if (refusal === undefined) return succeeded(operation, after);
  return { ...operation, state: 'REFUSED', answer: { refusal: refusalOf(refusal) } };
}

function succeeded(operation: Operation, shipment: StoredShipment): SettledOperation {
  return { ...operation, state: 'SUCCEEDED', answer: { ok: shipmentJson(shipmentMessage(shipment)) } };
}
