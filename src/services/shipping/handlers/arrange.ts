import {
  ArrangeShipmentRequest,
  type ArrangeShipmentResponse,
  type DeepPartial,
} from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { currentCall, describeCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import { refuseLateOriginal, type Queryable } from '../../../chassis/store/index.ts';
import type { Plan } from '../commands.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { blocksOrder, parseOrderId, parseShipmentId, parseUserId } from '../domain.ts';
import { ARRANGEMENT, orderName, requestName } from '../names.ts';
import { orderHasShipment } from '../refusals.ts';
import { addressFrom, itemFrom, levelFrom } from '../wire.ts';
import type { ArrangementPlan } from '../writer.ts';

type Arrangement = Omit<ArrangementPlan, 'key'>;

/** ArrangeShipment. */
export function arrangeHandler({ shipments, writer, newId, settleAfterMs, run }: ShippingDependencies) {
  async function decide(tx: Queryable, requestId: string, wanted: Arrangement): Promise<Plan> {
    const names = [requestName(requestId), orderName(wanted.orderId)];
    await refuseLateOriginal(tx, { kind: ARRANGEMENT, names, reason: 'SHIPMENT_CANCELLED' });
    const other = await shipments.ofOrder(tx, wanted.orderId);
    if (other !== undefined && blocksOrder(other.state)) throw orderHasShipment(other);

    const id = parseShipmentId(newId());
    const operation = newId();
    await shipments.insert(tx, { id, requestId, ...wanted });
    await shipments.insertOperation(tx, { id: operation, shipmentId: id, kind: 'ARRANGE', reason: '', settleAfterMs });
    return { operation };
  }

  return async (request: ArrangeShipmentRequest): Promise<DeepPartial<ArrangeShipmentResponse>> => {
    assertAdmin(currentCall()?.principal);
    const wanted = arrangementFrom(request);
    describeCall({ orderId: wanted.orderId });
    const shipment = await run({
      method: '/tradewind.shipping.v1.ShippingService/ArrangeShipment',
      requestId: request.requestId,
      request: ArrangeShipmentRequest.encode({ ...request, requestId: '' }).finish(),
      plan: (key) => writer.planArrangement({ key, ...wanted }),
      decide: (tx) => decide(tx, request.requestId, wanted),
    });
    return { shipment };
  };
}

/** Throws INVALID_ARGUMENT. */
function arrangementFrom({ orderId, userId, address, items, serviceLevel }: ArrangeShipmentRequest): Arrangement {
  if (address === undefined) throw new Error('the contract requires an address');
  return {
    orderId: parseOrderId(orderId),
    userId: parseUserId(userId),
    address: addressFrom(address),
    items: items.map(itemFrom),
    serviceLevel: levelFrom(serviceLevel),
  };
}
