import { ApiError, conflict } from '../http/index.ts';
import { JOURNEYS, PACE, type JourneyName, type ServiceLevel, type ShipmentStatus, type Stage } from './journeys.ts';
import { testAddress } from './test-addresses.ts';

/** Where a parcel goes. */
export interface Address {
  readonly recipient: string;
  /** Street and number, one to three lines. */
  readonly lines: readonly string[];
  readonly city: string;
  readonly postalCode: string;
  readonly region?: string | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly countryCode: string;
}

/** What a merchant wants sent. */
export interface ShipmentRequest {
  /** The merchant's own name for it. */
  readonly reference: string;
  readonly service: ServiceLevel;
  readonly address: Address;
  /** 0 = not known. */
  readonly weightGrams: number;
}

/** A parcel as the record holds it; where it stands follows from this and the time. */
export interface Shipment extends ShipmentRequest {
  readonly id: string;
  readonly trackingNumber: string;
  readonly createdAt: string;
  readonly estimatedDeliveryAt: string;
  readonly journey: JourneyName;
  /** How long an hour of its journey takes, in milliseconds: the carrier's speed when it was arranged. */
  readonly hourMs: number;
  readonly cancelledAt?: string;
  /** When its weight was last changed. */
  readonly amendedAt?: string;
}

/** Something that has happened to a parcel. */
export interface TrackingEvent {
  /** 1, 2, 3... within the shipment. */
  readonly sequence: number;
  readonly status: ShipmentStatus;
  readonly description: string;
  /** "Leipzig, DE". */
  readonly location: string;
  readonly occurredAt: string;
}

/** What can be recorded. Each carries the shipment as it is afterwards. */
export type CarrierEvent = { readonly type: 'CREATED' | 'AMENDED' | 'CANCELLED'; readonly shipment: Shipment };

const HUB = 'Leipzig, DE';
const FINAL: ReadonlySet<ShipmentStatus> = new Set(['CANCELLED', 'DELIVERED', 'RETURNED', 'LOST']);

/** Takes a parcel on. Throws ApiError 422 ADDRESS_REFUSED with `refusalCode`. */
export function createShipment(
  request: ShipmentRequest,
  moment: { readonly id: string; readonly nowMs: number; readonly hourMs: number },
): CarrierEvent {
  const { id, nowMs, hourMs } = moment;
  const { refusal, journey = 'delivered' } = testAddress(request.address);
  if (refusal !== undefined) {
    throw new ApiError({
      status: 422,
      code: 'ADDRESS_REFUSED',
      message: 'we do not deliver to this address',
      extra: { refusalCode: refusal },
    });
  }
  const promisedHours = JOURNEYS.delivered.at(-1)?.afterHours ?? 0;
  return {
    type: 'CREATED',
    shipment: {
      ...request,
      id: `shp_${id}`,
      trackingNumber: `TW${id.replaceAll('-', '').slice(-14).toUpperCase()}`,
      createdAt: new Date(nowMs).toISOString(),
      estimatedDeliveryAt: new Date(nowMs + promisedHours * PACE[request.service] * hourMs).toISOString(),
      journey,
      hourMs,
    },
  };
}

/** Calls a parcel off. Throws ApiError 409: SHIPMENT_CANCELLED already, or SHIPMENT_PICKED_UP: too late. */
export function cancelShipment(shipment: Shipment, nowMs: number): CarrierEvent {
  assertNotPickedUp(shipment, nowMs);
  return { type: 'CANCELLED', shipment: { ...shipment, cancelledAt: new Date(nowMs).toISOString() } };
}

/** Changes what a parcel weighs. Throws ApiError 409: SHIPMENT_CANCELLED, or SHIPMENT_PICKED_UP: too late. */
export function amendShipment(shipment: Shipment, weightGrams: number, nowMs: number): CarrierEvent {
  assertNotPickedUp(shipment, nowMs);
  return { type: 'AMENDED', shipment: { ...shipment, weightGrams, amendedAt: new Date(nowMs).toISOString() } };
}

/** Everything that has happened to a parcel by an instant, oldest first. */
export function trackingEvents(shipment: Shipment, nowMs: number): readonly TrackingEvent[] {
  const endMs = shipment.cancelledAt === undefined ? nowMs : Date.parse(shipment.cancelledAt);
  const happened = stagesBy(shipment, endMs).map((stage, index) => eventOf(shipment, stage, index + 1));
  if (shipment.cancelledAt === undefined) return happened;
  const called = { status: 'CANCELLED', description: 'Called off by the sender', location: HUB } as const;
  return [...happened, { sequence: happened.length + 1, ...called, occurredAt: shipment.cancelledAt }];
}

/** Where a parcel stands at an instant. */
export function statusOf(shipment: Shipment, nowMs: number): ShipmentStatus {
  return shipment.cancelledAt === undefined ? (stagesBy(shipment, nowMs).at(-1)?.status ?? 'CREATED') : 'CANCELLED';
}

/** True when nothing more can happen to it. */
export function isFinal(status: ShipmentStatus): boolean {
  return FINAL.has(status);
}

function assertNotPickedUp(shipment: Shipment, nowMs: number): void {
  const status = statusOf(shipment, nowMs);
  if (status === 'CANCELLED') throw conflict('SHIPMENT_CANCELLED', `${shipment.id} is cancelled already`);
  if (status !== 'CREATED') throw conflict('SHIPMENT_PICKED_UP', `${shipment.id} is ${status}`);
}

function stagesBy(shipment: Shipment, untilMs: number): readonly Stage[] {
  const sinceMs = untilMs - Date.parse(shipment.createdAt);
  const stages: readonly Stage[] = JOURNEYS[shipment.journey];
  return stages.filter((stage) => Math.floor(stageMs(shipment, stage)) <= sinceMs);
}

/** How long after the arrangement it happens. */
function stageMs({ service, hourMs }: Shipment, { afterHours }: Stage): number {
  return afterHours * PACE[service] * hourMs;
}

function eventOf(shipment: Shipment, stage: Stage, sequence: number): TrackingEvent {
  const { city, countryCode } = shipment.address;
  return {
    sequence,
    status: stage.status,
    description: stage.description,
    location: stage.at === 'hub' ? HUB : `${city}, ${countryCode}`,
    occurredAt: new Date(Date.parse(shipment.createdAt) + stageMs(shipment, stage)).toISOString(),
  };
}
