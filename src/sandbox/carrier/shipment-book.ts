import type { CarrierEvent, Shipment } from './shipment.ts';

/** The state that the events make. */
export interface ShipmentBook {
  apply(event: CarrierEvent): void;
  shipment(id: string): Shipment | undefined;
  /** Oldest first. */
  withReference(reference: string): readonly Shipment[];
}

/** An empty book. */
export function createShipmentBook(): ShipmentBook {
  const shipments = new Map<string, Shipment>();
  const byReference = new Map<string, string[]>();

  return {
    apply({ type, shipment }) {
      shipments.set(shipment.id, shipment);
      if (type !== 'CREATED') return;
      const ids = byReference.get(shipment.reference);
      if (ids === undefined) byReference.set(shipment.reference, [shipment.id]);
      else ids.push(shipment.id);
    },
    shipment: (id) => shipments.get(id),
    withReference: (reference) => (byReference.get(reference) ?? []).flatMap((id) => shipments.get(id) ?? []),
  };
}
