import {
  AmendShipmentRequest,
  type AmendShipmentResponse,
  type DeepPartial,
} from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import type { Queryable } from '../../../chassis/store/index.ts';
import type { Plan } from '../commands.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { parseShipmentId, stateConflict, takeOut } from '../domain.ts';
import { amendmentUnanswered, shipmentNotFound } from '../refusals.ts';

/** AmendShipment. The shipment changes when the carrier has agreed, not before. */
export function amendHandler({ shipments, newId, settleAfterMs, run }: ShippingDependencies) {
  async function decide(tx: Queryable, request: AmendShipmentRequest): Promise<Plan> {
    const id = parseShipmentId(request.shipmentId);
    if ((await shipments.get(tx, id)) === undefined) throw shipmentNotFound(id);
    const shipment = await shipments.lock(tx, id);
    if (shipment.state !== 'ARRANGED') throw stateConflict(shipment, 'amended');
    if ((await shipments.pendingOperation(tx, id, 'AMEND')) !== undefined) throw amendmentUnanswered();
    const removals = request.removals.map((one) => ({ ...one, productId: one.productId.toLowerCase() }));
    const items = takeOut(shipment, removals);
    const operation = newId();
    const intent = { id: operation, shipmentId: id, kind: 'AMEND', items } as const;
    await shipments.insertOperation(tx, { ...intent, reason: request.reason, settleAfterMs });
    return { operation };
  }

  return async (request: AmendShipmentRequest): Promise<DeepPartial<AmendShipmentResponse>> => {
    assertAdmin(currentCall()?.principal);
    const shipment = await run({
      method: '/tradewind.shipping.v1.ShippingService/AmendShipment',
      requestId: request.requestId,
      request: AmendShipmentRequest.encode({ ...request, requestId: '' }).finish(),
      decide: (tx) => decide(tx, request),
    });
    return { shipment };
  };
}
