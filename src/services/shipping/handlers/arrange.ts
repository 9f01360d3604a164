import {
  ArrangeShipmentRequest,
  type ArrangeShipmentResponse,
  type DeepPartial,
} from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import { refuseLateOriginal, type Queryable } from '../../../chassis/store/index.ts';
import type { Plan } from '../commands.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { blocksOrder, parseOrderId, parseShipmentId, parseUserId } from '../domain.ts';
import { ARRANGEMENT, orderName, requestName } from '../names.ts';
import { orderHasShipment } from '../refusals.ts';
import { addressFrom, itemFrom, levelFrom } from '../wire.ts';

/** ArrangeShipment. */
export function arrangeHandler({ shipments, newId, settleAfterMs, run }: ShippingDependencies) {
  async function decide(tx: Queryable, request: ArrangeShipmentRequest): Promise<Plan> {
    const { requestId, address } = request;
    if (address === undefined) throw new Error('the contract requires an address');
    const orderId = parseOrderId(request.orderId);
    const userId = parseUserId(request.userId);
    const names = [requestName(requestId), orderName(orderId)];
    await refuseLateOriginal(tx, { kind: ARRANGEMENT, names, reason: 'SHIPMENT_CANCELLED' });
    const other = await shipments.ofOrder(tx, orderId);
    if (other !== undefined && blocksOrder(other.state)) throw orderHasShipment(other);

    const id = parseShipmentId(newId());
    const operation = newId();
    await shipments.insert(tx, {
      id,
      orderId,
      userId,
      requestId,
      address: addressFrom(address),
      items: request.items.map(itemFrom),
      serviceLevel: levelFrom(request.serviceLevel),
    });
    await shipments.insertOperation(tx, { id: operation, shipmentId: id, kind: 'ARRANGE', reason: '', settleAfterMs });
    return { operation };
  }

  return async (request: ArrangeShipmentRequest): Promise<DeepPartial<ArrangeShipmentResponse>> => {
    assertAdmin(currentCall()?.principal);
    const shipment = await run({
      method: '/tradewind.shipping.v1.ShippingService/ArrangeShipment',
      requestId: request.requestId,
      request: ArrangeShipmentRequest.encode({ ...request, requestId: '' }).finish(),
      decide: (tx) => decide(tx, request),
    });
    return { shipment };
  };
}
