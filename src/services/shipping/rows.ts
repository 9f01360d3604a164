import type {
  Address,
  Item,
  OrderId,
  ServiceLevel,
  Shipment,
  ShipmentEvent,
  ShipmentId,
  ShipmentState,
  UserId,
} from './domain.ts';

/** What the carrier can be asked to do with a shipment. */
export type OperationKind = 'ARRANGE' | 'AMEND' | 'CANCEL';

/** A shipment with what only the database knows of it. */
export interface StoredShipment extends Shipment {
  /** Rises by one with each change. */
  readonly version: bigint;
  readonly createTime: Date;
  readonly updateTime: Date;
}

/** An event, and when we learned of it. */
export interface StoredEvent extends ShipmentEvent {
  readonly createTime: Date;
}

/** Something the carrier was asked to do with a shipment. */
export interface Operation {
  readonly id: string;
  readonly shipmentId: ShipmentId;
  readonly kind: OperationKind;
  readonly state: 'PENDING' | 'SUCCEEDED' | 'REFUSED';
  /** The Idempotency-Key it is asked under. */
  readonly key: string;
  /** Of an AMEND: what is in the parcel afterwards. */
  readonly items: readonly Item[];
  /** What callers hear; undefined while PENDING. */
  readonly answer: unknown;
}

/** An operation with its outcome. */
export interface SettledOperation extends Operation {
  readonly state: 'SUCCEEDED' | 'REFUSED';
  readonly answer: object;
}

/** The columns of `shipment`. */
export interface ShipmentRow {
  readonly id: ShipmentId;
  readonly order_id: OrderId;
  readonly user_id: UserId;
  readonly state: ShipmentState;
  readonly address: Address;
  readonly items: readonly Item[];
  readonly service_level: ServiceLevel;
  readonly carrier: string;
  readonly carrier_reference: string;
  readonly tracking_number: string;
  readonly refusal_code: string;
  readonly estimated_delivery_time: Date | null;
  readonly last_position: bigint;
  readonly carrier_sequence: bigint;
  readonly version: bigint;
  readonly create_time: Date;
  readonly update_time: Date;
}

/** The columns of `shipment_event`. */
export interface EventRow {
  readonly shipment_id: ShipmentId;
  readonly position: bigint;
  readonly state: ShipmentState;
  readonly description: string;
  readonly location: string;
  readonly occur_time: Date;
  readonly create_time: Date;
}

/** The columns of `carrier_operation`. */
export interface OperationRow {
  readonly id: string;
  readonly shipment_id: ShipmentId;
  readonly kind: OperationKind;
  readonly state: Operation['state'];
  readonly carrier_key: string;
  readonly items: readonly Item[] | null;
  readonly answer: unknown;
}

/** A row as the code names it. */
export function toShipment(row: ShipmentRow): StoredShipment {
  return {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id,
    state: row.state,
    address: row.address,
    items: row.items,
    serviceLevel: row.service_level,
    carrier: row.carrier,
    carrierReference: row.carrier_reference,
    trackingNumber: row.tracking_number,
    refusalCode: row.refusal_code,
    estimatedDeliveryTime: row.estimated_delivery_time ?? undefined,
    lastPosition: row.last_position,
    carrierSequence: row.carrier_sequence,
    version: row.version,
    createTime: row.create_time,
    updateTime: row.update_time,
  };
}

/** A row as the code names it. */
export function toEvent(row: EventRow): StoredEvent {
  return {
    shipmentId: row.shipment_id,
    position: row.position,
    state: row.state,
    description: row.description,
    location: row.location,
    occurTime: row.occur_time,
    createTime: row.create_time,
  };
}

/** A row as the code names it. */
export function toOperation(row: OperationRow): Operation {
  return {
    id: row.id,
    shipmentId: row.shipment_id,
    kind: row.kind,
    state: row.state,
    key: row.carrier_key,
    items: row.items ?? [],
    answer: row.answer ?? undefined,
  };
}
