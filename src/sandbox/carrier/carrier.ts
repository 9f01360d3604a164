import { startRecordedApi, type RecordedApi, type RecordedApiOptions } from '../mutation/index.ts';
import { carrierRoutes, shipmentView } from './routes.ts';
import { createShipmentBook } from './shipment-book.ts';
import type { CarrierEvent } from './shipment.ts';

/** How a carrier is made. */
export interface CarrierOptions extends RecordedApiOptions {
  /**
   * How long an hour of a parcel's journey takes, in milliseconds; 48 of them bring it to the door. Default 3,600,000,
   * as outside. 500 delivers in 24 seconds. Each parcel keeps the speed it was arranged at.
   */
  readonly hourMs?: number;
}

/** A running carrier. */
export type Carrier = RecordedApi;

const REAL_HOUR_MS = 3_600_000;

/**
 * A parcel carrier as a merchant sees one: shipments, changes and cancellation until pick-up, tracking that goes on with time.
 * Rejects when the port is taken or the record is damaged.
 */
export function createCarrier(options: CarrierOptions): Promise<Carrier> {
  const book = createShipmentBook();
  const hourMs = options.hourMs ?? REAL_HOUR_MS;
  return startRecordedApi(options, {
    apply: book.apply,
    answerTo,
    describe,
    routes: (tools) => carrierRoutes({ ...tools, book, hourMs }),
  });
}

/** A repeat hears what the first one heard: the shipment as it was then, not as it is. */
function answerTo({ type, shipment }: CarrierEvent): { readonly status: number; readonly json: unknown } {
  const atMs = Date.parse(shipment.cancelledAt ?? shipment.amendedAt ?? shipment.createdAt);
  return { status: type === 'CREATED' ? 201 : 200, json: shipmentView(shipment, atMs) };
}

function describe({ type, shipment }: CarrierEvent): object {
  return { type, shipmentId: shipment.id, reference: shipment.reference, trackingNumber: shipment.trackingNumber };
}
