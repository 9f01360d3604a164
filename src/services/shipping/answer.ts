import { Shipment } from '../../../gen/tradewind/shipping/v1/shipping.ts';

/** A shipment, or that there is none, as an answer stores it. */
export type ShipmentJson = ReturnType<typeof Shipment.toJSON> | null;

/** The stored form of a shipment. */
export function shipmentJson(shipment: Shipment | undefined): ShipmentJson {
  return shipment === undefined ? null : Shipment.toJSON(shipment);
}

/** The shipment of a stored form. */
export function shipmentFrom(json: ShipmentJson): Shipment | undefined {
  return json === null ? undefined : Shipment.fromJSON(json);
}
