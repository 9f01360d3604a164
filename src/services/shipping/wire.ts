import {
  ServiceLevel,
  ShipmentState,
  type Shipment,
  type ShipmentEvent,
  type ShipmentItem,
} from '../../../gen/tradewind/shipping/v1/shipping.ts';
import type { PostalAddress } from '../../../gen/tradewind/type/v1/address.ts';
import type { Address, Item, ServiceLevel as Level, ShipmentState as State } from './domain.ts';
import type { StoredEvent, StoredShipment } from './rows.ts';

const STATES = new Map<ShipmentState, State>(
  Object.entries(ShipmentState).flatMap(
    ([name, number]) => (number > 0 ? [[number, name.replace('SHIPMENT_STATE_', '') as State]] : []), // the contract's names are the domain's
  ),
);

/** The shipment as the contract shows it. */
export function shipmentMessage(shipment: StoredShipment): Shipment {
  const { id, orderId, userId, carrier, trackingNumber, refusalCode, estimatedDeliveryTime, lastPosition } = shipment;
  return {
    id,
    orderId,
    userId,
    state: ShipmentState[`SHIPMENT_STATE_${shipment.state}`],
    address: { ...shipment.address, lines: [...shipment.address.lines] },
    items: shipment.items.map((item) => ({ ...item })),
    serviceLevel: ServiceLevel[`SERVICE_LEVEL_${shipment.serviceLevel}`],
    carrier,
    trackingNumber,
    refusalCode,
    estimatedDeliveryTime,
    lastPosition,
    createTime: shipment.createTime,
    updateTime: shipment.updateTime,
  };
}

/** The event as the contract shows it. */
export function eventMessage(event: StoredEvent): ShipmentEvent {
  return { ...event, state: ShipmentState[`SHIPMENT_STATE_${event.state}`] };
}

/** The contract's address. */
export function addressFrom(address: PostalAddress): Address {
  const { recipient, lines, city, postalCode, region, countryCode } = address;
  return { recipient, lines: [...lines], city, postalCode, region, countryCode };
}

/** The contract's item. */
export function itemFrom({ productId, quantity, weightGrams }: ShipmentItem): Item {
  return { productId: productId.toLowerCase(), quantity, weightGrams };
}

/** The contract's level; unspecified means standard. */
export function levelFrom(level: ServiceLevel): Level {
  return level === ServiceLevel.SERVICE_LEVEL_EXPRESS ? 'EXPRESS' : 'STANDARD';
}

/** The state a filter names; undefined: any. */
export function stateFilter(state: ShipmentState): State | undefined {
  return STATES.get(state);
}
