import { ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import type { OrderClients } from './clients.ts';
import { orderRefusal, type Order } from './domain.ts';

/** States of a shipment that can still be called off, or are over without a parcel. */
const NOT_LEFT: ReadonlySet<ShipmentState> = new Set([
  ShipmentState.SHIPMENT_STATE_ARRANGING,
  ShipmentState.SHIPMENT_STATE_ARRANGED,
  ShipmentState.SHIPMENT_STATE_REFUSED,
  ShipmentState.SHIPMENT_STATE_CANCELLING,
  ShipmentState.SHIPMENT_STATE_CANCELLED,
]);

/**
 * Asks before a saga is started for nothing; its first step finds out for good. FAILED_PRECONDITION
 * (ORDER_NOT_CANCELLABLE). It calls another process: never inside a transaction.
 */
export async function assertNotShipped(shipping: OrderClients['shipping'], order: Order): Promise<void> {
  if (order.shipmentId === undefined) return;
  const { shipment } = await shipping.getShipment({ shipmentId: order.shipmentId });
  if (shipment === undefined || NOT_LEFT.has(shipment.state)) return;
  throw orderRefusal('ORDER_NOT_CANCELLABLE', order.id, 'the parcel is on its way');
}
