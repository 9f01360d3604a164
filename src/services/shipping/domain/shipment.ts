import { AppError } from '../../../chassis/core/index.ts';
import type { OrderId, ShipmentId, UserId } from './ids.ts';
import type { Address, Item } from './parcel.ts';

/** Where a shipment stands; the contract's ShipmentState says what each means. */
export type ShipmentState =
  | 'ARRANGING'
  | 'ARRANGED'
  | 'REFUSED'
  | 'CANCELLING'
  | 'CANCELLED'
  | 'PICKED_UP'
  | 'IN_TRANSIT'
  | 'OUT_FOR_DELIVERY'
  | 'DELIVERED'
  | 'RETURNED'
  | 'LOST';

/** How fast it goes. */
export type ServiceLevel = 'STANDARD' | 'EXPRESS';

/** The parcel of one order. */
export interface Shipment {
  readonly id: ShipmentId;
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly state: ShipmentState;
  readonly address: Address;
  readonly items: readonly Item[];
  readonly serviceLevel: ServiceLevel;
  /** The carrier's name; empty while it has not accepted, as are its id of the shipment and the tracking number. */
  readonly carrier: string;
  readonly carrierReference: string;
  readonly trackingNumber: string;
  /** Empty unless REFUSED. */
  readonly refusalCode: string;
  /** Undefined while the carrier has not said. */
  readonly estimatedDeliveryTime: Date | undefined;
  /** Of its last event; 0: there is none yet. */
  readonly lastPosition: bigint;
  /** How far the carrier's own list of events was read. */
  readonly carrierSequence: bigint;
}

/** Something that happened to a shipment. */
export interface ShipmentEvent {
  readonly shipmentId: ShipmentId;
  /** 1, 2, 3... within the shipment, without gaps. */
  readonly position: bigint;
  /** The state it led to, which may be the one before. */
  readonly state: ShipmentState;
  readonly description: string;
  readonly location: string;
  /** By the carrier's clock. */
  readonly occurTime: Date;
}

const FINAL: ReadonlySet<ShipmentState> = new Set<ShipmentState>([
  'REFUSED',
  'CANCELLED',
  'DELIVERED',
  'RETURNED',
  'LOST',
]);

/** True when nothing more can happen to it. */
export function isFinal(state: ShipmentState): boolean {
  return FINAL.has(state);
}

const ON_ITS_WAY: ReadonlySet<ShipmentState> = new Set<ShipmentState>([
  'ARRANGED',
  'PICKED_UP',
  'IN_TRANSIT',
  'OUT_FOR_DELIVERY',
]);

/** True while the carrier has news of it sooner or later. */
export function isOnItsWay(state: ShipmentState): boolean {
  return ON_ITS_WAY.has(state);
}

/** True while an order with this shipment must not get another one. */
export function blocksOrder(state: ShipmentState): boolean {
  return state !== 'REFUSED' && state !== 'CANCELLED';
}

/** True until the carrier has taken it away; what has come to nothing counts too, and cancelling it changes nothing. */
export function mayCancel(state: ShipmentState): boolean {
  return state === 'ARRANGING' || state === 'ARRANGED' || state === 'CANCELLING' || !blocksOrder(state);
}

/** FAILED_PRECONDITION, SHIPMENT_STATE_CONFLICT, with the state as metadata. */
export function stateConflict({ id, state }: Pick<Shipment, 'id' | 'state'>, wanted: string): AppError {
  const description = `a shipment that is ${state} cannot be ${wanted}`;
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'SHIPMENT_STATE_CONFLICT',
    message: description,
    metadata: { shipment_id: id, state },
    details: [
      {
        kind: 'preconditionFailure',
        violations: [{ type: 'SHIPMENT_STATE_CONFLICT', subject: `shipments/${id}`, description }],
      },
    ],
  });
}
