export { createCarrier, type Carrier, type CarrierOptions } from './carrier.ts';
export type { ServiceLevel, ShipmentStatus } from './journeys.ts';
export type { TrackingEvent } from './shipment.ts';
export { REFUSED_COUNTRIES, TEST_POSTAL_CODES, type RefusalCode, type TestAddress } from './test-addresses.ts';
