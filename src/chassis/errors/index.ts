export { errorHeaders, httpStatusOf } from './http-status.ts';
export {
  domainOf,
  fromStatusDetails,
  toStatus,
  toStatusDetails,
  toStatusJson,
  type WireStatus,
} from './status-details.ts';
