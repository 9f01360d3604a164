export { createBrokerCourier, type BrokerCourierOptions } from './broker-courier.ts';
export type { BrokerEvents, RelayNames, SequenceNames } from './broker-events.ts';
export type {
  BrokerAdapter,
  BrokerConnection,
  BrokerFlow,
  BrokerName,
  Consumption,
  IncomingMessage,
  OutgoingMessage,
  WireMessage,
} from './broker.ts';
export { createBrokerLink, type BrokerLink } from './link.ts';
export { refillBroker } from './relay-claim.ts';
export { relayBacklog } from './relay-backlog.ts';
export { createRelay, type Relay, type RelayOptions } from './relay.ts';
