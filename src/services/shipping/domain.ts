export { takeOut, type Removal } from './domain/amendment.ts';
export {
  parseOrderId,
  parseShipmentId,
  parseUserId,
  type OrderId,
  type ShipmentId,
  type UserId,
} from './domain/ids.ts';
export { MAX_WEIGHT_GRAMS, totalWeightGrams, type Address, type Item } from './domain/parcel.ts';
export {
  blocksOrder,
  isFinal,
  isOnItsWay,
  mayCancel,
  stateConflict,
  type ServiceLevel,
  type Shipment,
  type ShipmentEvent,
  type ShipmentState,
} from './domain/shipment.ts';
export { transition, type CarrierNews, type Happening, type Transition } from './domain/transition.ts';
