import {
  CancelShipmentRequest,
  type CancelShipmentResponse,
  type DeepPartial,
} from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { currentCall, describeCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import { undoOrTombstone, type Queryable } from '../../../chassis/store/index.ts';
import { shipmentJson } from '../answer.ts';
import type { Plan } from '../commands.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import {
  blocksOrder,
  mayCancel,
  parseOrderId,
  parseShipmentId,
  stateConflict,
  transition,
  type ShipmentId,
} from '../domain.ts';
import { ARRANGEMENT, orderName, requestName } from '../names.ts';
import { shipmentNotFound } from '../refusals.ts';
import type { StoredShipment } from '../rows.ts';
import { shipmentMessage } from '../wire.ts';

type Target = NonNullable<CancelShipmentRequest['target']>;

/** CancelShipment. */
export function cancelHandler({ shipments, writer, newId, settleAfterMs, run }: ShippingDependencies) {
  async function undo(tx: Queryable, id: ShipmentId, reason: string): Promise<Plan> {
    const shipment = await shipments.lock(tx, id);
    if (!blocksOrder(shipment.state)) return { ok: shipmentJson(shipmentMessage(shipment)) };
    if (shipment.state === 'CANCELLING') {
      const unanswered = await shipments.pendingOperation(tx, id, 'CANCEL');
      if (unanswered !== undefined) return { operation: unanswered.id };
    }
    const step = transition(shipment, { type: 'cancel-requested' });
    await writer.recordLocked(tx, { before: shipment, transition: step, settled: [] });
    const operation = newId();
    await shipments.insertOperation(tx, { id: operation, shipmentId: id, kind: 'CANCEL', reason, settleAfterMs });
    return { operation };
  }

  async function decide(tx: Queryable, { target, reason }: CancelShipmentRequest): Promise<Plan> {
    if (target === undefined) throw new Error('the contract requires a target');
    const find = () => findTarget(tx, target);
    const found = await find();
    // It stays so: a refusal that is kept leaves no tombstone.
    if (found !== undefined && !mayCancel(found.state)) throw stateConflict(found, 'cancelled');
    if (target.$case === 'shipmentId') {
      if (found === undefined) throw shipmentNotFound(parseShipmentId(target.value));
      return undo(tx, found.id, reason);
    }
    return undoOrTombstone<StoredShipment, Plan>(
      tx,
      { kind: ARRANGEMENT, names: [nameOf(target)] },
      { find, undo: ({ id }) => undo(tx, id, reason), neverHappened: () => ({ ok: null }) },
    );
  }

  function findTarget(tx: Queryable, target: Target): Promise<StoredShipment | undefined> {
    switch (target.$case) {
      case 'shipmentId':
        return shipments.get(tx, parseShipmentId(target.value));
      case 'arrangeRequestId':
        return shipments.ofRequest(tx, target.value);
      case 'orderId':
        return shipments.ofOrder(tx, parseOrderId(target.value));
    }
  }

  return async (request: CancelShipmentRequest): Promise<DeepPartial<CancelShipmentResponse>> => {
    assertAdmin(currentCall()?.principal);
    if (request.target?.$case === 'orderId') describeCall({ orderId: request.target.value });
    const shipment = await run({
      method: '/tradewind.shipping.v1.ShippingService/CancelShipment',
      requestId: request.requestId,
      request: CancelShipmentRequest.encode({ ...request, requestId: '' }).finish(),
      decide: (tx) => decide(tx, request),
    });
    return { shipment };
  };
}

function nameOf(target: Exclude<Target, { $case: 'shipmentId' }>): string {
  return target.$case === 'orderId' ? orderName(parseOrderId(target.value)) : requestName(target.value);
}
