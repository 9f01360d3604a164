import { backgroundCall, currentCall, runInCall, type Clock } from '../../chassis/core/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import { refusalOf, shipmentJson } from './answer.ts';
import type { CarrierClient } from './carrier-client.ts';
import { totalWeightGrams, transition, type ShipmentId } from './domain.ts';
import { arrangementOutcome, cancellationOutcome, type Outcome } from './outcomes.ts';
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

/** Operations that were written down are carried out at the carrier, and what it answered is written down too. */
export interface Operations {
  /**
   * Asks the carrier, under the operation's key, and records the outcome; an operation that is settled is returned as it
   * is. However often and by however many it is called, the carrier does it once and one of the callers records it.
   * UNAVAILABLE (CARRIER_UNAVAILABLE) when the outcome stays unknown.
   */
  settle(id: string): Promise<Operation>;
}

/** Binds operations to their store and the carrier. */
export function createOperations({ database, shipments, carrier, clock, changed }: OperationsOptions): Operations {
  async function settle(id: string): Promise<Operation> {
    const operation = await shipments.getOperation(database, id);
    if (operation.state !== 'PENDING') return operation;
    if (operation.kind === 'CANCEL') {
      // The arrangement to undo may still be on its way: what became of it has to be known first.
      const arrangement = await shipments.pendingOperation(database, operation.shipmentId, 'ARRANGE');
      if (arrangement !== undefined) {
        await settle(arrangement.id);
        return settle(id);
      }
    }
    const outcome = await ask(operation, await shipmentOf(operation.shipmentId));
    const { settled, shipment } = await beyondTheCall(() =>
      database.transaction((tx) => record(tx, operation, outcome)),
    );
    changed(shipment);
    return settled;
  }

  /** No transaction is open here: the carrier may take its time. */
  async function ask({ key, kind }: Operation, shipment: StoredShipment): Promise<Outcome> {
    const { orderId, address, items, serviceLevel, carrierReference } = shipment;
    if (kind === 'ARRANGE') {
      const parcel = { key, reference: orderId, serviceLevel, weightGrams: totalWeightGrams(items), address };
      return arrangementOutcome(await carrier.arrange(parcel), now());
    }
    const answer = await carrier.cancel({ key, carrierReference });
    const tooLate = answer.type === 'too-late';
    const news = tooLate ? await carrier.newsAfter(carrierReference, shipment.carrierSequence) : [];
    return cancellationOutcome(answer, { news, now: now() });
  }

  async function record(tx: Queryable, { id, shipmentId }: Operation, outcome: Outcome) {
    const before = await shipments.lock(tx, shipmentId);
    const operation = await shipments.getOperation(tx, id);
    if (operation.state !== 'PENDING') return { settled: operation, shipment: before }; // another call recorded it

    const after = await shipments.save(tx, transition(before, outcome.happening));
    const refusal = outcome.refusal(after);
    const settled =
      refusal === undefined ? succeeded(operation, after) : refused(operation, { refusal: refusalOf(refusal) });
    await shipments.settleOperation(tx, id, settled);
    if (after.state === 'CANCELLED' && operation.kind === 'ARRANGE') await endCancellation(tx, after);
    return { settled, shipment: after };
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

  return { settle };
}

function succeeded(operation: Operation, shipment: StoredShipment) {
  return { ...operation, state: 'SUCCEEDED', answer: { ok: shipmentJson(shipmentMessage(shipment)) } } as const;
}

function refused(operation: Operation, answer: object) {
  return { ...operation, state: 'REFUSED', answer } as const;
}

/** What the carrier answered is written down also when the caller has gone or its deadline has passed. */
function beyondTheCall<T>(work: () => Promise<T>): Promise<T> {
  const call = currentCall() ?? backgroundCall({ callId: '', job: 'shipping' });
  return runInCall({ ...call, deadlineMs: undefined, signal: undefined }, work);
}
