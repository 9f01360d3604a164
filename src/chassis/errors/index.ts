export { fromStatusDetails, toStatus, toStatusDetails, toStatusJson, type WireStatus } from './status-details.ts';
